/** The widget's own icons: 24 units, stroke 1.75; only those in use. */

const PATHS = {
  agent: "M4 18v-6a8 8 0 0 1 16 0v6M4 13h3v6H4ZM17 13h3v6h-3Z",
  alert: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7.5v5M12 16.2h.01",
  back: "m12 19-7-7 7-7M5 12h14",
  bell: "M18 8a6 6 0 0 0-12 0c0 7-2.5 9-2.5 9h17S18 15 18 8M10.3 21a2 2 0 0 0 3.4 0",
  belloff: "M18 8a6 6 0 0 0-12 0c0 7-2.5 9-2.5 9h17S18 15 18 8M10.3 21a2 2 0 0 0 3.4 0M3 3l18 18",
  clip: "m21 11.5-8.6 8.6a5.6 5.6 0 0 1-8-8l8.6-8.5a3.7 3.7 0 0 1 5.3 5.3l-8.5 8.5a1.9 1.9 0 0 1-2.7-2.7l7.9-7.8",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3.2 2",
  doc: "M14 3H5v18h14V8ZM14 3v5h5M8 13h8M8 17h5",
  down: "m6 9 6 6 6-6",
  moon: "M12 3a6.5 6.5 0 0 0 9 9 9 9 0 1 1-9-9Z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  msg: "M12 3.5c-5 0-9 3.5-9 8 0 2 .8 3.8 2.1 5.2L4 20.5l4.4-1.4c1.1.4 2.3.6 3.6.6 5 0 9-3.6 9-8.2s-4-8-9-8Z",
  next: "m9 6 6 6-6 6",
  nonet:
    "M3 3l18 18M8.5 16.5a5 5 0 0 1 7 0M5 13a10 10 0 0 1 5-2.7M2 9a15 15 0 0 1 4-2.5M22 9A15 15 0 0 0 11 5M16 11l3 2M12 20h.01",
  out: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9 9l6 6M15 9l-6 6",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8 14c2 3 6 3 8 0M9 9.5h.01M15 9.5h.01",
  star: "m12 3 2.7 5.7 6.2.8-4.6 4.3 1.2 6.2-5.5-3-5.5 3 1.2-6.2L3.1 9.5l6.2-.8L12 3Z",
  tick: "m5 12.5 4.5 4.5L19 7.5",
  ticks: "m2 12.5 4.5 4.5L16 7.5M12.5 17 22 7.5",
  up: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
  x: "M18 6 6 18M6 6l12 12",
} as const;

export type IconName = keyof typeof PATHS;

/** `flip` turns arrows round in right-to-left pages; `label` makes it a picture with a meaning. */
export function Icon({
  name,
  s,
  flip,
  label,
  c,
}: {
  name: IconName;
  s?: boolean;
  flip?: boolean;
  label?: string;
  c?: string;
}) {
  const classes = [s && "s", flip && "flip", c].filter(Boolean).join(" ");
  const meaning = label
    ? ({ role: "img", "aria-label": label } as const)
    : ({ "aria-hidden": true } as const);
  return (
    <svg viewBox="0 0 24 24" class={classes} {...meaning}>
      <path d={PATHS[name]} />
    </svg>
  );
}
