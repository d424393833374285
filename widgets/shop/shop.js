/** The demo shop: draws the page its address names. A shop of its own taste; only the widget is UCC's. */

import { PRODUCTS } from "./products.js";
import { WORDS } from "./words.js";

const LANGUAGES = ["en", "zh-CN", "zh-TW"];
const FREE_FROM = 60;
const DELIVERY = 5;
const DAY_MS = 86_400_000;
/** What is in the parcel of order 1042. */
const ORDERED = { "ember-mug": 2, "field-throw": 1 };

const root = document.documentElement;
const language = LANGUAGES.indexOf(root.lang);
const base = language > 0 ? `/demo/${root.lang}` : "/demo";
const path = decodeURIComponent(location.pathname)
  .replace(base, "")
  .replace(/^\/|\/$/g, "");

const say = (key) => WORDS[key][language];
const link = (to) => (to ? `${base}/${to}` : `${base}/`);
const euro = (amount) =>
  amount.toLocaleString(root.lang, { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
const day = (offset, options) =>
  new Date(Date.now() + offset * DAY_MS).toLocaleDateString(root.lang, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...options,
  });
const cart = () => JSON.parse(sessionStorage.getItem("lintwick:cart") ?? "{}");

/** Makes an element: h("a", {href}, "text", child …). */
function h(type, attributes, ...children) {
  const element = document.createElement(type);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function picture(id, name, label) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `/demo/art.svg#${id}`);
  svg.setAttribute("class", name);
  svg.append(use);
  if (label) svg.setAttribute("aria-label", label);
  svg.setAttribute(label ? "role" : "aria-hidden", label ? "img" : "true");
  return svg;
}

const tint = (product) => `t${(PRODUCTS.indexOf(product) % 8) + 1}`;
const find = (id) => PRODUCTS.find((product) => product.id === id);

function setCount(id, count) {
  const next = { ...cart(), [id]: count };
  if (count < 1) delete next[id];
  sessionStorage.setItem("lintwick:cart", JSON.stringify(next));
  drawBag();
}

function drawBag() {
  const count = Object.values(cart()).reduce((sum, n) => sum + n, 0);
  const badge = document.querySelector(".count");
  badge.textContent = count;
  badge.hidden = count === 0;
  document.querySelector("#bag").setAttribute("aria-label", `${say("cart")} (${count})`);
}

const askButton = (key, name) =>
  h("button", { type: "button", class: name, click: () => window.UCC?.open?.() }, say(key));

function addButton(product, name, ...children) {
  const label = `${say("add")}: ${product.name[language]}`;
  const button = h("button", { type: "button", class: name, "aria-label": label }, ...children);
  button.addEventListener("click", () => {
    setCount(product.id, (cart()[product.id] ?? 0) + 1);
    button.replaceChildren(name === "add" ? picture("s-tick") : say("added"));
    setTimeout(() => button.replaceChildren(...children), 1_500);
  });
  return button;
}

function card(product) {
  const to = link(`products/${product.id}`);
  const tile = h("a", { class: `tile ${tint(product)}`, href: to, tabindex: "-1", "aria-hidden": "true" });
  tile.append(picture(product.art, "pic"));
  const name = h("a", { href: to }, product.name[language]);
  const line = h("div", {}, h("b", {}, name), h("span", {}, euro(product.price)));
  return h("li", {}, tile, h("div", { class: "inf" }, line, addButton(product, "add", picture("s-plus"))));
}

const grid = (products) => h("ul", { class: "grid" }, ...products.map(card));

function care() {
  const points = [
    ["s-truck", "freeDelivery", "freeDeliveryHint"],
    ["s-redo", "returns", "returnsHint"],
    ["s-leaf", "mended", "mendedHint"],
  ];
  const item = ([art, title, hint]) =>
    h("li", {}, picture(art), h("span", {}, h("b", {}, say(title)), h("span", {}, say(hint))));
  return h("ul", { class: "care" }, ...points.map(item));
}

function home() {
  const words = h(
    "div",
    {},
    h("h1", {}, say("headline")),
    h("p", {}, say("lead")),
    h("a", { class: "go", href: "#new" }, say("seeNew")),
  );
  return [
    h("section", { class: "hero" }, words, picture("scene", "scene", say("scene"))),
    h("h2", { id: "new" }, say("thisWeek")),
    grid(PRODUCTS),
    care(),
  ];
}

const room = (name) => [
  h("h1", { class: "page" }, say(name)),
  grid(PRODUCTS.filter((product) => product.room === name)),
  care(),
];

function productPage(product) {
  const words = h(
    "div",
    {},
    h("p", { class: "over" }, h("a", { href: link(product.room) }, say(product.room))),
    h("h1", {}, product.name[language]),
    h("p", { class: "lead" }, `${euro(product.price)} · ${product.variant[language]}`),
    h("p", {}, product.text[language]),
    h("div", { class: "acts" }, addButton(product, "go", say("add")), askButton("ask", "plain")),
  );
  const tile = h(
    "div",
    { class: `tile big ${tint(product)}` },
    picture(product.art, "pic", product.name[language]),
  );
  const others = PRODUCTS.filter((other) => other !== product && other.room === product.room).slice(0, 4);
  return [h("section", { class: "product" }, tile, words), h("h2", {}, say("thisWeek")), grid(others)];
}

function lines(items, name, last) {
  return h(
    "ul",
    { class: name },
    ...Object.entries(items).map(([id, count]) => {
      const product = find(id);
      const words = h(
        "div",
        {},
        h("b", {}, product.name[language]),
        h("span", {}, product.variant[language]),
      );
      const sum = h("b", {}, euro(product.price * count));
      return h("li", {}, picture(product.art, `pic ${tint(product)}`), words, last(product, count), sum);
    }),
  );
}

const sumOf = (items) => Object.entries(items).reduce((sum, [id, count]) => sum + find(id).price * count, 0);

function quantity(product, count) {
  const step = (key, art, change) =>
    h(
      "button",
      {
        type: "button",
        "aria-label": say(key),
        click: () => {
          setCount(product.id, count + change);
          drawPage();
        },
      },
      picture(art),
    );
  return h(
    "div",
    { class: "qty", role: "group", "aria-label": say("quantity") },
    step("fewer", "s-minus", -1),
    h("output", {}, String(count)),
    step("more", "s-plus", 1),
  );
}

function cartPage() {
  const items = cart();
  const goods = sumOf(items);
  const delivery = goods >= FREE_FROM || goods === 0 ? 0 : DELIVERY;
  const row = (key, value, name = "") => [
    h("dt", { class: name }, say(key)),
    h("dd", { class: name }, value),
  ];
  const left = h("div", {}, h("h1", {}, say("cart")));
  left.append(goods ? lines(items, "lines", quantity) : h("p", { class: "lead" }, say("empty")));
  const list = h(
    "dl",
    {},
    ...row("goods", euro(goods)),
    ...row("delivery", delivery ? euro(delivery) : say("free")),
    ...row("total", euro(goods + delivery), "tot"),
  );
  const side = h("aside", { class: "sum" }, h("h2", {}, say("summary")), list, askButton("askPay", "go"));
  return [h("div", { class: "two" }, left, side)];
}

function orderPage() {
  const at = { hour: "2-digit", minute: "2-digit", weekday: "short", month: "short" };
  const step = (name, title, hint, art) =>
    h(
      "li",
      { class: name, "aria-current": name === "now" && "step" },
      h("i", {}, ...(art ? [picture(art)] : [])),
      h("b", {}, say(title)),
      h("span", {}, hint),
    );
  const left = h(
    "div",
    {},
    h("p", { class: "over" }, say("order")),
    h("h1", {}, say("onItsWay")),
    h("p", { class: "lead" }, `${say("arrives")}${day(4, {})}`),
    h(
      "ol",
      { class: "steps" },
      step("done", "placed", day(-2, at), "s-tick"),
      step("done", "packed", day(-1, at), "s-tick"),
      step("now", "sent", say("sentHint"), "s-truck"),
      step("", "delivered", say("deliveredHint")),
    ),
  );
  const count = (product, n) => h("span", { class: "n" }, `${n} × ${euro(product.price)}`);
  const total = h(
    "dl",
    {},
    h("dt", { class: "tot" }, say("total")),
    h("dd", { class: "tot" }, euro(sumOf(ORDERED))),
  );
  const side = h(
    "aside",
    { class: "sum" },
    h("h2", {}, say("parcel")),
    lines(ORDERED, "lines small", count),
    total,
    askButton("askOrder", "go"),
  );
  return [h("div", { class: "two" }, left, side)];
}

function page() {
  const [kind, id] = path.split("/");
  if (path === "") return [say("name"), home()];
  if (path === "kitchen" || path === "living") return [say(path), room(path)];
  if (kind === "products" && find(id)) return [find(id).name[language], productPage(find(id))];
  if (path === "cart") return [say("cart"), cartPage()];
  if (path === "orders/1042") return [say("order"), orderPage()];
  const back = h("a", { class: "go", href: link("") }, say("home"));
  return [say("missing"), [h("h1", { class: "page" }, say("missing")), back]];
}

function drawPage() {
  const [title, content] = page();
  document.title = path === "" ? title : `${title} · ${say("name")}`;
  document.querySelector("main").replaceChildren(...content);
}

function drawFrame() {
  for (const element of document.querySelectorAll("[data-say]"))
    element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-to]")) {
    element.href = link(element.dataset.to);
    if (element.dataset.to === path && path) element.setAttribute("aria-current", "page");
  }
  for (const element of document.querySelectorAll("[data-language]")) {
    const prefix = element.dataset.language === "en" ? "/demo" : `/demo/${element.dataset.language}`;
    element.href = `${prefix}/${path}`;
    if (element.dataset.language === root.lang) element.setAttribute("aria-current", "true");
  }
  document.querySelector("#theme").addEventListener("click", () => {
    const isDark =
      (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) ===
      "dark";
    root.dataset.theme = isDark ? "light" : "dark";
    sessionStorage.setItem("lintwick:theme", root.dataset.theme);
    window.UCC?.setTheme?.(root.dataset.theme);
  });
}

drawFrame();
drawBag();
drawPage();
