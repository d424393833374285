/** A tip: the label of an icon, shown after a moment of hovering or at once on keyboard focus. One element for all. */
import type { Attachment } from "svelte/attachments";

const DELAY_MS = 450;
const GAP_PX = 6;

let bubble: HTMLElement | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let owner: Element | undefined;

function place(target: Element, text: string): void {
  bubble ??= document.body.appendChild(
    Object.assign(document.createElement("div"), { className: "ucc-tip" }),
  );
  bubble.textContent = text;
  bubble.setAttribute("aria-hidden", "true");
  bubble.hidden = false;
  const box = target.getBoundingClientRect();
  const own = bubble.getBoundingClientRect();
  const below = box.bottom + GAP_PX + own.height < innerHeight;
  const left = Math.min(Math.max(4, box.left + (box.width - own.width) / 2), innerWidth - own.width - 4);
  bubble.style.left = `${left}px`;
  bubble.style.top = `${below ? box.bottom + GAP_PX : box.top - GAP_PX - own.height}px`;
}

function hide(): void {
  clearTimeout(timer);
  owner = undefined;
  if (bubble) bubble.hidden = true;
}

/** Show `text` beside the element while it is hovered or focused by keyboard; the element carries its own label. */
export function tip(text: string): Attachment<Element> {
  return (element) => {
    const show = (delay: number) => () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        owner = element;
        place(element, text);
      }, delay);
    };
    const enter = show(DELAY_MS);
    const focus = () => element.matches(":focus-visible") && show(0)();
    element.addEventListener("pointerenter", enter);
    element.addEventListener("focus", focus);
    for (const name of ["pointerleave", "blur", "pointerdown"]) element.addEventListener(name, hide);
    return () => {
      element.removeEventListener("pointerenter", enter);
      element.removeEventListener("focus", focus);
      for (const name of ["pointerleave", "blur", "pointerdown"]) element.removeEventListener(name, hide);
      if (owner === element) hide();
    };
  };
}
