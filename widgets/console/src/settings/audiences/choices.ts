/** What a condition can name: tags and people. */
import type { Tag, User } from "@ucc/wire";
import { people as peopleRoom, tagRoom } from "../shared/rooms";
import type { AudienceNames } from "./words";

/** Things to choose from, and their names. */
export interface Choices {
  readonly tags: readonly Tag[];
  readonly people: readonly User[];
  readonly names: AudienceNames;
}

/** Ask for them. */
export async function readChoices(): Promise<Choices> {
  const [tags, people] = await Promise.all([tagRoom.list(), peopleRoom.agents()]);
  const nameOf = (rows: readonly { id: number; name: string }[], id: number): string =>
    rows.find((one) => one.id === id)?.name ?? `#${id}`;
  return { tags, people, names: { tag: (id) => nameOf(tags, id), person: (id) => nameOf(people, id) } };
}
