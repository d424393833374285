/** Words for roles. */
import { m } from "../../paraglide/messages";

const ROLES: Record<string, () => string> = {
  agent: m.role_agent,
  supervisor: m.role_supervisor,
  admin: m.role_admin,
};

/** The roles, from few rights to all. */
export const ROLE_KEYS = ["agent", "supervisor", "admin"] as const;

/** Return the word for a role. */
export function roleWord(role: string): string {
  return ROLES[role]?.() ?? role;
}

const HINTS: Record<string, () => string> = {
  agent: m.role_agent_hint,
  supervisor: m.role_supervisor_hint,
  admin: m.role_admin_hint,
};

/** Return what a role may do, in a sentence. */
export function roleHint(role: string): string {
  return HINTS[role]?.() ?? "";
}
