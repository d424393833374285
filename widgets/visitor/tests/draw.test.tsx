import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Child, draw } from "../src/draw";

let box: HTMLElement;

const show = (tree: Child): string => {
  draw(tree, box);
  return box.innerHTML;
};

beforeEach(() => {
  box = document.createElement("div");
  document.body.replaceChildren(box);
});

describe("what is drawn", () => {
  it("is elements, text and views; what is nothing leaves no trace", () => {
    const Name = ({ name }: { name: string }) => <b>{name}</b>;
    const html = show(
      <p class="x" hidden={false} title={undefined}>
        {null}
        {false}
        {"Hi "}
        <Name name="Mina" />
        {0}
      </p>,
    );
    expect(html).toBe('<p class="x">Hi <b>Mina</b>0</p>');
  });

  it("is never read as HTML", () => {
    show(<p>{"<img src=x onerror=alert(1)>"}</p>);
    expect(box.querySelector("img")).toBeNull();
    expect(box.textContent).toContain("<img");
  });

  it("says yes and no in the way attributes and aria do", () => {
    expect(show(<button type="button" disabled aria-expanded={false} aria-pressed={true} />)).toBe(
      '<button type="button" disabled="" aria-expanded="false" aria-pressed="true"></button>',
    );
    expect(show(<button type="button" aria-expanded={true} />)).toBe(
      '<button type="button" aria-expanded="true"></button>',
    );
  });

  it("has pictures in their own namespace", () => {
    show(
      <svg viewBox="0 0 24 24">
        <path d="M0 0" />
      </svg>,
    );
    expect(box.querySelector("path")).toBeInstanceOf(SVGElement);
    expect(box.querySelector("svg")?.getAttribute("viewBox")).toBe("0 0 24 24");
  });
});

describe("what is drawn again", () => {
  const list = (...keys: string[]) => (
    <ul>
      {keys.map((key) => (
        <li key={key}>{key}</li>
      ))}
    </ul>
  );

  it("keeps the elements of the same key, wherever they move", () => {
    show(list("a", "b", "c"));
    const before = new Map([...box.querySelectorAll("li")].map((one) => [one.textContent, one]));
    for (const order of ["cab", "xbca", "b", "abcd", "dcba"]) {
      show(list(...order));
      expect(box.textContent).toBe(order);
      expect(box.querySelector("ul")?.children[order.indexOf("b")]).toBe(before.get("b"));
    }
  });

  it("keeps the cursor in a field when something above it comes and goes", () => {
    const form = (hasBar: boolean) => (
      <div>
        {hasBar && <p>offline</p>}
        <textarea value="half a sent" />
      </div>
    );
    show(form(false));
    const field = box.querySelector("textarea");
    field?.focus();
    for (const hasBar of [true, false]) {
      show(form(hasBar));
      expect(document.activeElement).toBe(field);
    }
  });

  it("lets the state win over what was typed, and does not touch what is equal", () => {
    show(<input type="text" value="a" />);
    const field = box.querySelector("input") as HTMLInputElement;
    field.value = "typed";
    show(<input type="text" value="" />);
    expect(field.value).toBe("");
    field.value = "typed";
    field.setSelectionRange(2, 2);
    show(<input type="text" value="typed" />);
    expect(field.selectionStart).toBe(2);
  });

  it("calls the handler of the last drawing only, and none once it is gone", () => {
    const [first, second] = [vi.fn(), vi.fn()];
    for (const run of [first, second]) show(<button type="button" onClick={run} />);
    box.querySelector("button")?.click();
    show(<button type="button" />);
    box.querySelector("button")?.click();
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  it("leaves what it did not change alone, so that others may (the rows of the text field)", () => {
    show(<textarea rows={1} />);
    (box.querySelector("textarea") as HTMLTextAreaElement).rows = 4;
    show(<textarea rows={1} placeholder="x" />);
    expect(box.querySelector("textarea")?.rows).toBe(4);
  });

  it("starts a view with another key from nothing", () => {
    const View = ({ name }: { name: string }) => <div>{name}</div>;
    show(<View key="a" name="a" />);
    const before = box.firstChild;
    show(<View key="b" name="b" />);
    expect(box.firstChild).not.toBe(before);
  });

  it("ends as if drawn from nothing, from any tree to any other", () => {
    const trees: Child[] = [
      null,
      "text",
      list("a", "b"),
      <p key="p">{["x", <b key="b">y</b>]}</p>,
      [<i key="1">1</i>, "two", <i key="3">3</i>],
      <p class="q" title="t">
        {"y"}
      </p>,
    ];
    for (const from of trees) {
      for (const to of trees) {
        const fresh = document.createElement("div");
        draw(to, fresh);
        show(from);
        expect(show(to)).toBe(fresh.innerHTML);
      }
    }
  });
});
