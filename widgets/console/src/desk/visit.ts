/** Reads what the visitor's page told: `context` is data of a stranger, so each field is checked. */

export interface Visit {
  /** An http(s) address, or nothing. */
  readonly page: string | null;
  readonly title: string;
  readonly referrer: string | null;
  readonly timeZone: string | null;
  readonly place: string;
  /** Answers of the pre-chat form that are not the contact's own fields. */
  readonly answers: readonly (readonly [string, string])[];
}

const CONTACT_FIELDS = ["name", "email", "phone"];

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function addressOf(value: unknown): URL | null {
  const text = textOf(value);
  if (!/^https?:\/\//iu.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

function zoneOf(value: unknown): string | null {
  const zone = textOf(value);
  try {
    return zone ? new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone : null;
  } catch {
    return null; // A zone this browser does not know.
  }
}

export function visitOf(context: Readonly<Record<string, unknown>>): Visit {
  const page = addressOf(context.page);
  const referrer = addressOf(context.referrer);
  const timeZone = zoneOf(context.time_zone);
  const prechat = context.prechat;
  const answers = typeof prechat === "object" && prechat !== null ? Object.entries(prechat) : [];
  return {
    page: page?.href ?? null,
    title: textOf(context.page_title) || (page ? page.host + page.pathname : ""),
    referrer: referrer && referrer.host !== page?.host ? referrer.host : null,
    timeZone,
    place: timeZone?.split("/").at(-1)?.replaceAll("_", " ") ?? "",
    answers: answers.flatMap(([key, value]) =>
      CONTACT_FIELDS.includes(key) || !textOf(value) ? [] : [[key, textOf(value)] as const],
    ),
  };
}
