/** After the end: one to five stars, a reason if one likes, thanks. Skippable in one tap. */

import { headSeq } from "@ucc/core/visitor/state";
import type { Widget } from "../widget";
import { Icon } from "./icons";
import { Face, Head } from "./parts";

const STARS = [1, 2, 3, 4, 5];
const GOOD_FROM = 4;
const TEXT_MAX = 1_000;

const agentOf = (w: Widget): string | null => {
  const { entries, visitor } = w.chat.store.get();
  return visitor?.agent_name ?? entries.findLast((entry) => entry.name)?.name ?? null;
};

export function Rating({ w }: { w: Widget }) {
  const { words } = w;
  const name = agentOf(w);
  const { rating } = w.ui.get();
  const { stars, reasons, text } = rating;
  const change = (part: Partial<typeof rating>): void => w.show({ rating: { ...rating, ...part } });
  const offered = stars >= GOOD_FROM ? words.praise : words.blame;

  const skip = (): void => {
    w.chat.keep({ skipped_seq: headSeq(w.chat.store.get()) });
    w.show({ view: "chat" });
  };

  const submit = (event: Event): void => {
    event.preventDefault();
    const chosen = reasons.filter((one) => offered.includes(one)).join(", ");
    w.chat.rate(stars, [chosen, text.trim()].filter(Boolean).join(". "));
    w.chat.keep({ skipped_seq: headSeq(w.chat.store.get()) });
    w.show({ view: "rated" });
  };

  const toggle = (reason: string): void =>
    change({
      reasons: reasons.includes(reason) ? reasons.filter((one) => one !== reason) : [...reasons, reason],
    });

  return (
    <div class="view">
      <Head w={w} title={words.chatEnded}>
        <button type="button" class="btn sm plain" onClick={skip}>
          {words.skip}
        </button>
      </Head>
      <form class="scroll mid" onSubmit={submit}>
        {name && <Face name={name} c="big-av" />}
        <h3 class="big" id="rating-question">
          {words.howWasIt(name)}
        </h3>
        <fieldset class="stars" aria-labelledby="rating-question">
          {STARS.map((count) => (
            <label key={count} class={count <= stars ? "on" : ""}>
              <input
                class="vh"
                type="radio"
                name="stars"
                aria-label={words.stars(count)}
                checked={count === stars}
                onChange={() => change({ stars: count })}
              />
              <Icon name="star" />
            </label>
          ))}
        </fieldset>
        {stars > 0 && (
          <>
            <p class="mute new" id="rating-reasons">
              {stars >= GOOD_FROM ? words.whatWasGood : words.whatWasWrong}
            </p>
            <div class="chips new" role="group" aria-labelledby="rating-reasons">
              {offered.map((reason) => (
                <label key={reason} class="chip">
                  <input
                    class="vh"
                    type="checkbox"
                    checked={reasons.includes(reason)}
                    onChange={() => toggle(reason)}
                  />
                  {reason}
                </label>
              ))}
            </div>
            <label class="field fill new">
              <span class="vh">{words.anythingElse}</span>
              <textarea
                rows={3}
                maxLength={TEXT_MAX}
                placeholder={words.anythingElse}
                value={text}
                onInput={(event) => change({ text: event.currentTarget.value })}
              />
            </label>
            <button type="submit" class="btn go fill new">
              {words.send}
            </button>
          </>
        )}
      </form>
    </div>
  );
}

export function Rated({ w }: { w: Widget }) {
  const { words } = w;
  return (
    <div class="view">
      <Head w={w} title={words.chatEnded} />
      <div class="scroll mid">
        <span class="tile round">
          <Icon name="tick" />
        </span>
        <div role="status">
          <h3 class="big">{words.thankYou}</h3>
          <p class="mute">{words.starsSeen(agentOf(w))}</p>
        </div>
        <div class="fill acts">
          <button type="button" class="btn go" onClick={w.download}>
            <Icon name="doc" s />
            {words.transcript}
          </button>
          <button type="button" class="btn" onClick={() => w.show({ view: "chat" })}>
            {words.newChat}
          </button>
        </div>
      </div>
    </div>
  );
}
