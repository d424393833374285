/**
 * What stands beside or instead of the waiting card for who need not wait: the form to be called back, and what
 * becomes of a callback and of a message that was left. Loaded when one of them is shown, with its own words and
 * sheet: an open chat does not pay for it.
 */

import { VisitorPhase, type VisitorState } from "@ucc/wire";
import type { Child } from "./draw";
import type { Widget } from "./widget";

interface Words {
  readonly keepPlace: string;
  readonly callOn: string;
  readonly wait: string;
  readonly callMe: string;
  readonly hint: string;
  readonly bad: string;
  readonly willCall: string;
  readonly number: (phone: string) => string;
  readonly later: (phone: string, time: string) => string;
  readonly nobodyFree: string;
}

const EN: Words = {
  keepPlace: "Call me back, keep my place",
  callOn: "Call me back on",
  wait: "Back",
  callMe: "Call me back",
  hint: "You keep your place. We call when it is your turn.",
  bad: "Please give the number with its country, for example +1 555 010 0142",
  willCall: "We will call you",
  number: (phone) => `On ${phone}, when it is your turn. You can close this page.`,
  later: (phone, time) => `On ${phone}, not before ${time}. You can close this page.`,
  nobodyFree: "Nobody is free right now",
};
const WORDS: Readonly<Record<string, Words>> = {
  "zh-CN": {
    keepPlace: "给我回电，保留排位",
    callOn: "回电号码",
    wait: "返回",
    callMe: "给我回电",
    hint: "为您保留排位，轮到时我们会来电。",
    bad: "请填写带国家区号的号码，例如 +86 138 0000 0000",
    willCall: "我们会给您回电",
    number: (phone) => `轮到时拨打 ${phone}。您可以关闭此页面。`,
    later: (phone, time) => `${time} 之后拨打 ${phone}。您可以关闭此页面。`,
    nobodyFree: "目前没有空闲的客服",
  },
  "zh-TW": {
    keepPlace: "回電給我，保留順位",
    callOn: "回電號碼",
    wait: "返回",
    callMe: "回電給我",
    hint: "為您保留順位，輪到時我們會來電。",
    bad: "請填寫含國碼的號碼，例如 +886 912 000 000",
    willCall: "我們會回電給您",
    number: (phone) => `輪到時撥打 ${phone}。您可以關閉此頁面。`,
    later: (phone, time) => `${time} 之後撥打 ${phone}。您可以關閉此頁面。`,
    nobodyFree: "目前沒有空閒的客服",
  },
};
/** As the server reads a number: the country first, then 7 to 15 digits in all. */
const NUMBER = /^\+[1-9]\d{6,14}$/;
const KEY = "callback";
const CSS =
  ".wait>div+div{border-top:1px solid var(--line)}.two{display:flex;gap:8px;margin-top:12px}.two>*{flex:1}";

const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);

/** Draws what there is beside waiting; `card` is the waiting card's own content. */
export function later(w: Widget, visitor: VisitorState, card: Child): Child {
  const { root, locale } = w.handle;
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const words = WORDS[locale] ?? EN;
  const { phase, position } = visitor;
  if (phase === VisitorPhase.WAITING) {
    return (
      <li class="card wait new">
        {card}
        {visitor.offers_callback && <div>{ask(w, words)}</div>}
      </li>
    );
  }
  const isCallback = phase === VisitorPhase.CALLBACK;
  return (
    <li class="card wait new">
      <div role="status">
        <h3 class="big num">{isCallback ? words.willCall : words.nobodyFree}</h3>
        {isCallback && position !== null && position > 0 && <p class="num">{w.words.place(position)}</p>}
        <p class="mute num">{isCallback ? promised(visitor, words, locale) : w.words.leftWhileClosed}</p>
      </div>
    </li>
  );
}

/** Where we will call, and when. */
function promised({ callback_to, callback_at_ms }: VisitorState, words: Words, locale: string): string {
  const phone = callback_to ?? "";
  if (!callback_at_ms) return words.number(phone);
  const at = new Date(callback_at_ms);
  const isToday = at.toDateString() === new Date().toDateString();
  const options: Intl.DateTimeFormatOptions = isToday
    ? { timeStyle: "short" }
    : { dateStyle: "medium", timeStyle: "short" };
  return words.later(phone, new Intl.DateTimeFormat(locale, options).format(at));
}

/** The way to the form, or the form. */
function ask(w: Widget, words: Words): Child {
  const { answers, isChecked } = w.ui.get().form;
  const given = answers[KEY];
  const put = (text: string | undefined, isNowChecked = false): void => {
    const { [KEY]: _old, ...others } = answers;
    const form = text === undefined ? others : { ...others, [KEY]: text };
    w.show({ form: { answers: form, isChecked: isNowChecked } });
  };
  if (given === undefined) {
    const open = (): void => {
      put(answers.phone ?? "");
      requestAnimationFrame(() => w.find<HTMLInputElement>(`[name=${KEY}]`)?.focus());
    };
    return (
      <button type="button" class="link" onClick={open}>
        {words.keepPlace}
      </button>
    );
  }
  const number = given.replace(/[ ().\-/]/g, "");
  const wrong = isChecked && !NUMBER.test(number);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (NUMBER.test(number)) {
      w.chat.callBack(number);
      put(undefined);
    } else {
      put(given, true);
      requestAnimationFrame(() => w.find("[aria-invalid=true]")?.focus());
    }
  };
  return (
    <form noValidate onSubmit={submit}>
      <label class={wrong ? "field bad" : "field"}>
        <span>{words.callOn}</span>
        <input
          name={KEY}
          type="tel"
          autocomplete="tel"
          maxLength={40}
          value={given}
          aria-invalid={wrong}
          aria-describedby="callback-hint"
          onInput={(event) => put(event.currentTarget.value, isChecked)}
        />
        <span class={wrong ? "meta err" : "meta"} id="callback-hint">
          {wrong ? words.bad : words.hint}
        </span>
      </label>
      <div class="two">
        <button type="button" class="btn" onClick={() => put(undefined)}>
          {words.wait}
        </button>
        <button type="submit" class="btn go">
          {words.callMe}
        </button>
      </div>
    </form>
  );
}
