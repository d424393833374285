/** Lists of names the desk shows and chooses from; asked for when first needed, again when they changed. */

import type { Disposition, Queue, Tag, Template, User } from "@ucc/wire";
import { Store } from "../store";
import type { Api } from "./api";
import { Asker } from "./asker";
import type { Page } from "./http";

interface Lists {
  readonly agents: User;
  readonly queues: Queue;
  readonly templates: Template;
  readonly tags: Tag;
  readonly dispositions: Disposition;
}

export type ListName = keyof Lists;

class NamedList<T> {
  readonly items = new Store<readonly T[]>([]);
  readonly asker: Asker;
  isUsed = false;

  constructor(ask: () => Promise<Page<T>>) {
    this.asker = new Asker(async () => this.items.set((await ask()).items), 1_000);
  }
}

/** Names by list. `use` is what a view calls; it loads the list the first time. */
export class Names {
  private readonly lists: { readonly [Name in ListName]: NamedList<Lists[Name]> };

  constructor(api: Api) {
    this.lists = {
      agents: new NamedList(api.agents),
      queues: new NamedList(api.queues),
      templates: new NamedList(api.templates),
      tags: new NamedList(api.tags),
      dispositions: new NamedList(api.dispositions),
    };
  }

  use<Name extends ListName>(name: Name): Store<readonly Lists[Name][]> {
    const list = this.lists[name];
    if (!list.isUsed) {
      list.isUsed = true;
      list.asker.soon();
    }
    return list.items;
  }

  /** Asks a list again at once, for figures that must be fresh (staffed, waiting). */
  refresh(name: ListName): Promise<void> {
    this.lists[name].isUsed = true;
    return this.lists[name].asker.now();
  }

  /** Takes the names of `lists_changed`. Presence stands in the list of agents, staffing in the queues'. */
  changed(names: readonly string[]): void {
    const touched = new Set(names);
    if (touched.has("presence") || touched.has("users") || touched.has("skills")) touched.add("agents");
    if (touched.has("presence")) touched.add("queues");
    for (const [name, list] of Object.entries(this.lists)) {
      if (list.isUsed && touched.has(name)) list.asker.soon();
    }
  }

  /** Asks everything in use again: the connection was away. */
  refreshUsed(): void {
    for (const list of Object.values(this.lists)) if (list.isUsed) list.asker.soon();
  }
}
