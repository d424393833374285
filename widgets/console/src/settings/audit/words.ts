/** What the audit log's acts are called; an act nobody named here shows its own word. */
import { m } from "../../paraglide/messages";

const NOUNS: Readonly<Record<string, () => string>> = {
  api_key: m.audit_noun_api_key,
  audience: m.audit_noun_audience,
  contact: m.audit_noun_contact,
  disposition: m.audit_noun_disposition,
  hours: m.audit_noun_hours,
  inbox: m.audit_noun_inbox,
  plan: m.audit_noun_plan,
  queue: m.audit_noun_queue,
  skill: m.audit_noun_skill,
  sla_policy: m.audit_noun_sla_policy,
  tag: m.audit_noun_tag,
  template: m.audit_noun_template,
  user: m.audit_noun_user,
};
const VERBS: Readonly<Record<string, (of: { what: string }) => string>> = {
  added: m.audit_did_added,
  blocked: m.audit_did_blocked,
  changed: m.audit_did_changed,
  merged: m.audit_did_merged,
  paused: m.audit_did_paused,
  removed: m.audit_did_removed,
  resumed: m.audit_did_resumed,
  revoked: m.audit_did_revoked,
  unblocked: m.audit_did_unblocked,
};
const WHOLE: Readonly<Record<string, () => string>> = {
  block_cleared: m.audit_act_block_cleared,
  password_changed: m.audit_act_password_changed,
  signed_in: m.audit_act_signed_in,
  signed_out: m.audit_act_signed_out,
  skills_changed: m.audit_act_skills_changed,
  status_set: m.audit_act_status_set,
  tenant_created: m.audit_act_tenant_created,
  user_signed_out: m.audit_act_user_signed_out,
};

/** Return an act in words: "queue_added" is "Queue added". */
export function actWords(act: string): string {
  const whole = WHOLE[act];
  if (whole) return whole();
  const at = act.lastIndexOf("_");
  const noun = NOUNS[act.slice(0, at)];
  const verb = VERBS[act.slice(at + 1)];
  return noun && verb ? verb({ what: noun() }) : act;
}
