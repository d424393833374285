/** The desk's state for every page below the frame: `useDesk()` in a component. */
import type { Desk } from "@ucc/core/console/desk";
import { createContext } from "svelte";

export const [useDesk, provideDesk] = createContext<Desk>();
