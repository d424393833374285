/** Small parts several views share. */

import type { Child } from "../draw";
import { hueOf, initial } from "../format";
import type { Widget } from "../widget";
import { Icon, type IconName } from "./icons";

interface ButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly c?: string;
  readonly flip?: boolean;
}

/** A button that is only an icon; its name is its label. */
export function IconButton({ icon, label, onClick, c = "", flip = false }: ButtonProps) {
  return (
    <button type="button" class={`ib ${c}`} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} flip={flip} />
    </button>
  );
}

/** A person's picture: the first sign of the name on one of six tints. */
export function Face({ name, c = "" }: { name: string; c?: string }) {
  return (
    <span class={`av h${hueOf(name)} ${c}`} aria-hidden="true">
      {initial(name)}
    </span>
  );
}

export function Faces({ names, label }: { names: readonly string[]; label?: string }) {
  if (names.length === 0) return null;
  return (
    <span class="faces" {...(label ? { role: "img", "aria-label": label } : {})}>
      {names.map((name) => (
        <Face key={name} name={name} c="m" />
      ))}
    </span>
  );
}

/** The shop's mark: the first sign of its name in the brand's colour. */
export function Logo({ title }: { title: string }) {
  return (
    <span class="logo" aria-hidden="true">
      {initial(title)}
    </span>
  );
}

interface HeadProps {
  readonly w: Widget;
  readonly title: string;
  readonly children?: Child;
  readonly picture?: Child;
  readonly hint?: string | null | undefined;
}

/** A view's first line: back, who or what, acts, and close where the panel is the whole screen. */
export function Head({ w, title, hint, picture, children }: HeadProps) {
  return (
    <div class="head">
      <IconButton icon="back" flip label={w.words.back} onClick={() => w.show({ view: "home" })} />
      {picture}
      <div>
        <h2>{title}</h2>
        {hint && <p class="meta">{hint}</p>}
      </div>
      {children}
      <CloseButton w={w} />
    </div>
  );
}

export function CloseButton({ w }: { w: Widget }) {
  return <IconButton icon="x" c="x" label={w.words.close} onClick={w.close} />;
}
