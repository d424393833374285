/**
 * Draws trees of plain objects into the page and changes only what differs. Views are pure functions of the
 * chat's and the panel's state, so nothing here remembers anything but what was drawn. A library would be a
 * sixth of the widget's whole weight; this is what the widget needs of one.
 */

export type Child = VNode | string | number | boolean | null | undefined | readonly Child[];

export interface VNode {
  readonly type: string | View;
  readonly props: Props;
  readonly key: string | undefined;
}

export type Props = Readonly<Record<string, unknown>> & { readonly children?: Child };
export type View = (props: never) => Child;

/** A view already called: an element, or text. */
type Flat = { readonly type: string; readonly props: Props; readonly key: string | undefined } | string;

const SVG = "http://www.w3.org/2000/svg";
const SVG_TYPES = ["svg", "path"];
const drawn = new WeakMap<Node, Flat>();

/** Makes `parent` hold what `tree` says. */
export function draw(tree: Child, parent: Element): void {
  const olds = [...parent.childNodes];
  const nodes = flatten(tree).map((next) => {
    const at = olds.findIndex((old) => fits(old, next));
    const node = at < 0 ? create(next) : (olds.splice(at, 1)[0] as Node);
    update(node, next);
    return node;
  });
  for (const old of olds) parent.removeChild(old); // first: a field that is moved loses the cursor
  nodes.forEach((node, place) => {
    const there = parent.childNodes[place] ?? null;
    if (there !== node) parent.insertBefore(node, there);
  });
}

/** Calls the views and leaves out what is nothing; a view's key goes to what it gave. */
function flatten(child: Child, key?: string): Flat[] {
  if (child === null || child === undefined || typeof child === "boolean") return [];
  if (typeof child === "string" || typeof child === "number") return [String(child)];
  if (isList(child)) return child.flatMap((one) => flatten(one));
  const { type, props } = child;
  const own = child.key ?? key;
  if (typeof type === "string") return [{ type, props, key: own }];
  const given = flatten(type(props as never), own);
  if (own === undefined || given.length < 2) return given;
  return given.map((one, place) => (typeof one === "string" ? one : { ...one, key: `${own} ${place}` }));
}

/** Says whether an element already in the page can become `next`. */
function fits(old: Node, next: Flat): boolean {
  const before = drawn.get(old);
  if (before === undefined) return false;
  if (typeof before === "string" || typeof next === "string") return typeof before === typeof next;
  return before.type === next.type && before.key === next.key;
}

function create(next: Flat): Node {
  if (typeof next === "string") return document.createTextNode("");
  const { type } = next;
  return SVG_TYPES.includes(type) ? document.createElementNS(SVG, type) : document.createElement(type);
}

function update(node: Node, next: Flat): void {
  const before = drawn.get(node);
  drawn.set(node, next);
  if (typeof next === "string") {
    if (before !== next) node.nodeValue = next;
    return;
  }
  const element = node as Element;
  const old: Props = typeof before === "object" ? before.props : {};
  for (const name in old) if (!(name in next.props)) put(element, name, undefined, old[name]);
  draw(next.props.children, element);
  for (const name in next.props) put(element, name, next.props[name], old[name]);
}

function put(element: Element, name: string, value: unknown, before: unknown): void {
  const fields = element as unknown as Record<string, unknown>;
  if (name === "children") return;
  if (name === "value" || name === "checked") {
    if (fields[name] !== value) fields[name] = value; // the page's own state counts, not what was drawn
  } else if (value === before) {
    return;
  } else if (name.startsWith("on")) {
    fields[name.toLowerCase()] = value ?? null;
  } else if (value === undefined || value === null || (value === false && !name.startsWith("aria"))) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true && !name.startsWith("aria") ? "" : String(value));
  }
}

function isList(child: Child): child is readonly Child[] {
  return Array.isArray(child);
}
