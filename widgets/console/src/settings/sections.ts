/** The sections of settings: their place in the navigation and who may open them. */
import type { IconName } from "@ucc/ui/icons";
import type { Component } from "svelte";

/** One entry of the settings' navigation. */
export interface Section {
  key: string;
  icon: IconName;
  label: () => string;
  needs: string;
  load: () => Promise<{ default: Component<{ id: string | null }> }>;
}

/** All sections, in order. */
export const SECTIONS: readonly Section[] = [];
