/** Notifications of the browser: shown while nobody looks, taken away once somebody does. */
import { router } from "../app/router.svelte";

/** Whether somebody looks at this page. */
export function isLooking(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Shows browser notifications, one a key, and takes them away once they are seen. */
export class Notices {
  private readonly shown = new Map<string, Notification>();

  show(key: string, title: string, body: string, path: string): void {
    if (!("Notification" in window) || Notification.permission !== "granted" || isLooking()) return;
    const notice = new Notification(title, { body, tag: key });
    notice.onclick = () => {
      window.focus();
      router.go(path);
      notice.close();
    };
    this.shown.set(key, notice);
  }

  close(key: string): void {
    this.shown.get(key)?.close();
    this.shown.delete(key);
  }

  closeAll(): void {
    for (const key of [...this.shown.keys()]) this.close(key);
  }
}

/** Whether notifications may be shown; "none" where the browser has none. */
export function noticePermission(): NotificationPermission | "none" {
  return "Notification" in window ? Notification.permission : "none";
}

/** Asks to show notifications; called when an agent accepts, which is when they are seen to be of use. */
export async function askForNotices(): Promise<NotificationPermission | "none"> {
  return noticePermission() === "default" ? Notification.requestPermission() : noticePermission();
}
