/** The sections of settings: their place in the navigation and who may open them. */
import type { IconName } from "@ucc/ui/icons";
import type { Component } from "svelte";
import { m } from "../paraglide/messages";

/** One entry of the settings' navigation. */
export interface Section {
  key: string;
  icon: IconName;
  label: () => string;
  needs: string;
  load: () => Promise<{ default: Component }>;
}

/** All sections, in order. */
export const SECTIONS: readonly Section[] = [
  {
    key: "people",
    icon: "users",
    label: m.settings_people,
    needs: "settings.read",
    load: () => import("./people/PeopleSection.svelte"),
  },
  {
    key: "skills",
    icon: "grad",
    label: m.settings_skills,
    needs: "settings.read",
    load: () => import("./skills/SkillsSection.svelte"),
  },
  {
    key: "queues",
    icon: "route",
    label: m.settings_queues,
    needs: "settings.read",
    load: () => import("./queues/QueuesSection.svelte"),
  },
  {
    key: "hours",
    icon: "hours",
    label: m.settings_hours,
    needs: "settings.read",
    load: () => import("./hours/HoursSection.svelte"),
  },
  {
    key: "inboxes",
    icon: "inbox",
    label: m.settings_inboxes,
    needs: "settings.read",
    load: () => import("./inboxes/InboxesSection.svelte"),
  },
  {
    key: "templates",
    icon: "template",
    label: m.settings_templates,
    needs: "templates.write",
    load: () => import("./templates/TemplatesSection.svelte"),
  },
  {
    key: "tags",
    icon: "tag",
    label: m.settings_tags,
    needs: "settings.read",
    load: () => import("./tags/TagsSection.svelte"),
  },
  {
    key: "audiences",
    icon: "filter",
    label: m.audiences_title,
    needs: "settings.read",
    load: () => import("./audiences/AudiencesSection.svelte"),
  },
  {
    key: "dispositions",
    icon: "flag",
    label: m.settings_dispositions,
    needs: "settings.read",
    load: () => import("./dispositions/DispositionsSection.svelte"),
  },
  {
    key: "sla",
    icon: "clock",
    label: m.settings_sla,
    needs: "settings.read",
    load: () => import("./sla/SlaSection.svelte"),
  },
  {
    key: "audit",
    icon: "history",
    label: m.settings_audit,
    needs: "audit.read",
    load: () => import("./audit/AuditSection.svelte"),
  },
  {
    key: "api-keys",
    icon: "code",
    label: m.settings_api_keys,
    needs: "api_keys.write",
    load: () => import("./keys/ApiKeysSection.svelte"),
  },
];
