/** Which page a path shows, who may open it, and where the rail leads. */
import type { IconName } from "@ucc/ui/icons";
import type { Component } from "svelte";
import { m } from "../paraglide/messages";

/** A door of the rail; its page is loaded when first opened. */
export interface Page {
  key: "desk" | "contacts" | "live" | "simulate" | "settings";
  icon: IconName;
  label: () => string;
  /** Any one of these permissions opens it; none asked: everybody. */
  needs: readonly string[];
  load: () => Promise<{ default: Component }>;
  /** What `?wall` shows of it on a screen that nobody works at: without the frame. */
  wall?: () => Promise<{ default: Component }>;
}

/** The doors, in the order of the rail. A page that is not built has no door. */
export const PAGES: readonly Page[] = [
  {
    key: "desk",
    icon: "inbox",
    label: () => m.frame_desk(),
    needs: [],
    load: () => import("../desk/DeskPage.svelte"),
  },
  {
    key: "contacts",
    icon: "contacts",
    label: () => m.frame_contacts(),
    needs: ["contacts.read"],
    load: () => import("../contacts/ContactsPage.svelte"),
  },
  {
    key: "live",
    icon: "pulse",
    label: () => m.live_title(),
    needs: ["reports.read"],
    load: () => import("../live/LivePage.svelte"),
    wall: () => import("../live/WallPage.svelte"),
  },
  {
    key: "simulate",
    icon: "trend",
    label: () => m.simulate_title(),
    needs: ["reports.read"],
    load: () => import("../simulate/SimulatePage.svelte"),
  },
  {
    key: "settings",
    icon: "settings",
    label: () => m.frame_settings(),
    needs: ["settings.read", "templates.write"],
    load: () => import("../settings/SettingsPage.svelte"),
  },
];
