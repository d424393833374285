/** What the compiler turns JSX into, and what JSX may say. */

import type { Child, Props, View, VNode } from "./draw";

export function jsx(type: string | View, props: Props, key?: string | number): VNode {
  return { type, props, key: key === undefined ? undefined : String(key) };
}

export const jsxs = jsx;

/** Children without an element around them. */
export const Fragment = ({ children }: { readonly children?: Child }): Child => children;

type On<E extends Event, T> = (event: E & { readonly currentTarget: T }) => void;
type Text = string | undefined;
type Flag = boolean | undefined;
type Aria = { readonly [name: `aria-${string}`]: string | number | boolean | undefined };

interface Attributes<T extends Element> extends Aria {
  readonly children?: Child;
  readonly class?: Text;
  readonly dir?: "auto";
  readonly hidden?: Flag;
  readonly id?: Text;
  readonly key?: string | number;
  readonly role?: Text;
  readonly tabIndex?: number;
  readonly title?: Text;
  readonly onChange?: On<Event, T>;
  readonly onClick?: On<MouseEvent, T>;
  readonly onDragLeave?: On<DragEvent, T>;
  readonly onDragOver?: On<DragEvent, T>;
  readonly onDrop?: On<DragEvent, T>;
  readonly onInput?: On<Event, T>;
  readonly onKeyDown?: On<KeyboardEvent, T>;
  readonly onPaste?: On<ClipboardEvent, T>;
  readonly onScroll?: On<Event, T>;
  readonly onSubmit?: On<SubmitEvent, T>;
}

interface FieldAttributes<T extends Element> extends Attributes<T> {
  readonly autocomplete?: Text;
  readonly checked?: Flag;
  readonly enterkeyhint?: Text;
  readonly maxLength?: number;
  readonly multiple?: Flag;
  readonly name?: Text;
  readonly placeholder?: Text;
  readonly required?: Flag;
  readonly rows?: number;
  readonly type?: Text;
  readonly value?: string;
}

interface LinkAttributes extends Attributes<HTMLAnchorElement> {
  readonly download?: Text;
  readonly href: string;
  readonly rel: string;
  readonly target?: Text;
}

interface PictureAttributes extends Attributes<HTMLImageElement> {
  readonly alt: string;
  readonly height?: number;
  readonly loading?: "lazy";
  readonly src: string;
  readonly width?: number;
}

type Plain = { readonly [T in keyof HTMLElementTagNameMap]: Attributes<HTMLElementTagNameMap[T]> };

export namespace JSX {
  export type Element = Child;
  export type ElementType = string | View;
  export interface ElementChildrenAttribute {
    readonly children: unknown;
  }
  export interface IntrinsicAttributes {
    readonly key?: string | number;
  }
  export interface IntrinsicElements
    extends Omit<Plain, "a" | "button" | "form" | "img" | "input" | "progress" | "textarea"> {
    readonly a: LinkAttributes;
    readonly button: Attributes<HTMLButtonElement> & {
      readonly type: "button" | "submit";
      readonly disabled?: Flag;
    };
    readonly form: Attributes<HTMLFormElement> & { readonly noValidate?: Flag };
    readonly img: PictureAttributes;
    readonly input: FieldAttributes<HTMLInputElement>;
    readonly path: { readonly d: string };
    readonly progress: Attributes<HTMLProgressElement> & { readonly value: number };
    readonly svg: Attributes<SVGSVGElement> & { readonly viewBox: string };
    readonly textarea: FieldAttributes<HTMLTextAreaElement>;
  }
}
