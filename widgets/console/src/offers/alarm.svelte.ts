/** Makes the desk heard and seen: sounds, the title, notifications of the browser until somebody looks. */
import {
  messageSound,
  OFFER_EVERY_MS,
  OFFER_LOUDER_AFTER_MS,
  titleOf,
  turnedToDanger,
  type Unseen,
  wordFor,
} from "@ucc/core/console/alerts";
import type { Desk } from "@ucc/core/console/desk";
import type { SlaLevel } from "@ucc/core/console/sla";
import type { AnyEvent, Offer } from "@ucc/wire";
import { onDestroy } from "svelte";
import { fromStore } from "svelte/store";
import { nowMs } from "../app/clock.svelte";
import { router } from "../app/router.svelte";
import { contactName } from "../desk/words";
import { m } from "../paraglide/messages";
import { isLooking, Notices } from "./notices";
import { sounds } from "./sounds";

/** Rings for the oldest offer, louder after 10 s. */
function ring(offers: () => readonly Offer[], now: () => number): () => void {
  const timer = setInterval(() => {
    const oldest = offers()[0];
    if (oldest) sounds.play(now() - oldest.offered_at_ms > OFFER_LOUDER_AFTER_MS ? "offer_loud" : "offer");
  }, OFFER_EVERY_MS);
  return () => clearInterval(timer);
}

/** Watches a desk as long as the calling component lives. */
export function watch(desk: Desk): void {
  const agent = fromStore(desk.agent);
  const mine = fromStore(desk.mine.state);
  const notices = new Notices();
  const known = new Map<number, SlaLevel>();
  const rung = new Set<string>();
  let unseen = $state<Unseen[]>([]);
  let tickedAt = 0;

  function see(): void {
    if (!isLooking()) return;
    desk.retryNow();
    const open = desk.openId.get();
    unseen = unseen.filter(({ key }) => key !== `c${open}`);
    notices.closeAll();
  }

  function takeMessage(event: AnyEvent): void {
    const id = event.type === "entry_added" ? event.entry.conversation_id : 0;
    const row = desk.mine.get(id);
    const entry = wordFor(event, desk.me.user.id, row);
    if (!entry) return;
    const sound = messageSound(entry, desk.openId.get(), isLooking(), tickedAt, Date.now());
    if (sound) {
      tickedAt = Date.now();
      sounds.play(sound);
    }
    if (isLooking() && id === desk.openId.get()) return;
    if (!row) return;
    const name = contactName(row.contact_name);
    const key = `c${id}`;
    const isWaiting = entry.author === "contact" && !unseen.some((one) => one.key === key);
    if (isWaiting) unseen = [...unseen, { key, name }];
    notices.show(key, entry.user_name ?? name, entry.text, `/desk/mine/${id}`);
  }

  // Offers: a sound at once and again, a notification, the title while they ring.
  $effect(() => {
    const { offers } = agent.current;
    for (const offer of offers) {
      const key = `o${offer.interaction_id}/${offer.epoch}`;
      if (rung.has(key)) continue;
      rung.add(key);
      sounds.play("offer");
      const name = contactName(offer.contact_name);
      notices.show(key, m.offers_is_waiting({ name }), offer.text || (offer.queue_name ?? ""), router.path);
    }
    const live = new Set(offers.map((offer) => `o${offer.interaction_id}/${offer.epoch}`));
    for (const key of rung) {
      if (live.has(key)) continue;
      rung.delete(key);
      notices.close(key);
    }
  });

  // What was answered or left is unseen no more.
  $effect(() => {
    const waiting = new Set(mine.current.rows.filter((row) => row.unread > 0).map((row) => `c${row.id}`));
    const rest = unseen.filter(({ key }) => waiting.has(key));
    if (mine.current.status === "ready" && rest.length !== unseen.length) unseen = rest;
  });

  $effect(() => {
    if (turnedToDanger(mine.current.rows, known, nowMs() + desk.skewMs.get()).length) sounds.play("sla");
  });

  $effect(() => {
    const ringing = agent.current.offers.map((offer) => ({
      key: `o${offer.interaction_id}`,
      name: contactName(offer.contact_name),
    }));
    const page = `${m.frame_desk()} · ${m.frame_product()}`;
    const all = [...ringing, ...unseen];
    if (all.length) document.title = titleOf(all, page, (name) => m.offers_is_waiting({ name }));
    else if (/^\(\d+\) /u.test(document.title)) document.title = page;
  });

  const stops = [
    desk.preferences.state.subscribe(({ volumes }) => {
      sounds.volumes = volumes;
    }),
    desk.onEvent(takeMessage),
    ring(
      () => desk.agent.get().offers,
      () => desk.now(),
    ),
  ];
  const gone = new AbortController();
  document.addEventListener("visibilitychange", see, { signal: gone.signal });
  window.addEventListener("focus", see, { signal: gone.signal });
  onDestroy(() => {
    for (const stop of stops) stop();
    gone.abort();
    notices.closeAll();
  });
}
