/** Blinks the host page's title while something is unseen, and gives it back untouched. */

const BLINK_MS = 1_500;

let original: string | null = null;
let timer: ReturnType<typeof setInterval> | undefined;

export function blinkTitle(text: string): void {
  if (original !== null) stopBlinking();
  const title = document.title;
  original = title;
  document.title = text;
  timer = setInterval(() => {
    document.title = document.title === text ? title : text;
  }, BLINK_MS);
}

export function stopBlinking(): void {
  if (original === null) return;
  clearInterval(timer);
  document.title = original;
  original = null;
}
