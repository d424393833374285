/** What a menu holds. */
import type { IconName } from "./icons";

/** One thing to choose; with `isChecked` it is a mark that can be set, with `href` it leads somewhere. */
export interface MenuItem {
  label: string;
  icon?: IconName | undefined;
  /** Grey words at the end: a key, a figure. */
  hint?: string | undefined;
  lang?: string | undefined;
  isChecked?: boolean | undefined;
  /** Draws the mark as a switch. */
  isSwitch?: boolean | undefined;
  isDanger?: boolean | undefined;
  isDisabled?: boolean | undefined;
  onpick: () => void;
}

/** A line of a menu: a heading, a rule between groups, or an item. */
export type MenuLine = MenuItem | { heading: string } | "rule";
