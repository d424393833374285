// Written by `make wire` out of ucc/domain. Do not edit.

/** Codes of problem documents and refused frames. */
export const ErrorCode = {
  /** The request cannot be carried out. */
  REFUSED: "refused",
  /** A field has a value that is not allowed. */
  BAD_INPUT: "bad_input",
  /** This needs a signed-in user or a valid token. */
  NOT_SIGNED_IN: "not_signed_in",
  /** The signed-in user lacks the permission. */
  NOT_ALLOWED: "not_allowed",
  /** There is no such thing in this tenant. */
  NOT_FOUND: "not_found",
  /** The state of the thing does not allow this now. */
  CONFLICT: "conflict",
  /** The content is larger than the limit. */
  TOO_LARGE: "too_large",
  /** Too many requests in too short a time. */
  TOO_MANY: "too_many",
  /** A part this needs does not answer now; try again. */
  UNAVAILABLE: "unavailable",
} as const;

/** How a contact is served; capacity is counted per medium. */
export const Medium = {
  /** any text that expects an answer now */
  CHAT: "chat",
  /** exclusive unless the agent's profile says otherwise */
  VOICE: "voice",
  EMAIL: "email",
  TASK: "task",
} as const;
export type Medium = (typeof Medium)[keyof typeof Medium];

/** The kind of door a message came through. */
export const Channel = {
  WEBCHAT: "webchat",
} as const;
export type Channel = (typeof Channel)[keyof typeof Channel];

/** What a test of an audience looks at. */
export const ContactField = {
  NAME: "name",
  EMAIL: "email",
  PHONE: "phone",
  /** zh is zh-CN too */
  LANGUAGE: "language",
  /** the one its key names */
  ATTRIBUTE: "attribute",
  TAG: "tag",
  OWNER: "owner",
  /** of any identity */
  CHANNEL: "channel",
  /** by hand */
  IS_VIP: "is_vip",
  IS_BLOCKED: "is_blocked",
  /** has an identity that was proved */
  IS_VERIFIED: "is_verified",
  CREATED: "created",
  /** in any conversation */
  LAST_MESSAGE: "last_message",
  /** how many, the one that runs included */
  CONVERSATIONS: "conversations",
} as const;
export type ContactField = (typeof ContactField)[keyof typeof ContactField];

/** How a test of an audience compares; text without regard to capitals. */
export const ContactOp = {
  IS: "is",
  IS_NOT: "is_not",
  CONTAINS: "contains",
  CONTAINS_NOT: "contains_not",
  STARTS_WITH: "starts_with",
  ENDS_WITH: "ends_with",
  IS_KNOWN: "is_known",
  IS_UNKNOWN: "is_unknown",
  AT_LEAST: "at_least",
  AT_MOST: "at_most",
  /** of 24 hours, back from the moment it is asked */
  WITHIN_DAYS: "within_days",
  NOT_WITHIN_DAYS: "not_within_days",
} as const;
export type ContactOp = (typeof ContactOp)[keyof typeof ContactOp];

/** How a queue's work is ordered. */
export const QueueOrder = {
  /** by arrival, target and priority: ageing is built in */
  EARLIEST_DEADLINE: "earliest_deadline",
  STRICT_PRIORITY: "strict_priority",
  /** at its share of work an hour beside other queues */
  SHARE: "share",
} as const;
export type QueueOrder = (typeof QueueOrder)[keyof typeof QueueOrder];

/** Who of those eligible is offered a queue's work. */
export const AgentChoice = {
  MOST_SKILLED: "most_skilled",
  LEAST_SKILLED: "least_skilled",
  LONGEST_IDLE: "longest_idle",
  ROUND_ROBIN: "round_robin",
  LEAST_OCCUPIED: "least_occupied",
  WEIGHTED: "weighted",
} as const;
export type AgentChoice = (typeof AgentChoice)[keyof typeof AgentChoice];

/** How waiting contacts leave where no queue can have their work. */
export const OverflowExit = {
  CALLBACK: "callback",
  VOICEMAIL: "voicemail",
  MESSAGE: "message",
} as const;
export type OverflowExit = (typeof OverflowExit)[keyof typeof OverflowExit];

/** What an SLA target is about. */
export const SlaClock = {
  /** until somebody has it in hand */
  ANSWER: "answer",
  /** until an agent has written, or has the call in hand */
  FIRST_RESPONSE: "first_response",
  /** from the contact's message until an agent has written again */
  NEXT_RESPONSE: "next_response",
  /** until the work is over */
  RESOLUTION: "resolution",
} as const;
export type SlaClock = (typeof SlaClock)[keyof typeof SlaClock];

/** What stops an SLA clock beside closing time, where its policy says so. */
export const SlaPause = {
  PARKED: "parked",
  CONTACT_LOST: "contact_lost",
  /** it is the contact's turn */
  ANSWERED: "answered",
  WRAPPING: "wrapping",
} as const;
export type SlaPause = (typeof SlaPause)[keyof typeof SlaPause];

/** What is told of an SLA clock while its work is under way. */
export const SlaAlertKind = {
  /** so much of the target has run that it is time to hurry */
  WARNED: "warned",
  /** the target has run out */
  BREACHED: "breached",
} as const;
export type SlaAlertKind = (typeof SlaAlertKind)[keyof typeof SlaAlertKind];

/** Why an agent would not be offered some work, the first that holds; or that the agent could be. */
export const AgentVerdict = {
  ELIGIBLE: "eligible",
  /** it waits for another agent first */
  NOT_PREFERRED: "not_preferred",
  /** is not what is asked */
  NOT_MET: "not_met",
  OFFLINE: "offline",
  RECONNECTING: "reconnecting",
  OFF_QUEUE: "off_queue",
  /** goes off queue once the work in hand is done */
  DRAINING: "draining",
  /** let an offer ring out */
  BLOCKED: "blocked",
  WRAPS_CALL: "wraps_call",
  NO_UNITS: "no_units",
  /** has as much of the queue's work as may be pushed */
  AT_LIMIT: "at_limit",
  /** is kept for another queue */
  RESERVED: "reserved",
  /** declined this work, let it ring, or passed it on a moment ago */
  EXCLUDED: "excluded",
  /** is who asks by this consult */
  ASKS: "asks",
} as const;
export type AgentVerdict = (typeof AgentVerdict)[keyof typeof AgentVerdict];

/** Where a routable unit of work is. The last four are terminal. */
export const InteractionState = {
  NEW: "new",
  IN_FLOW: "in_flow",
  QUEUED: "queued",
  OFFERED: "offered",
  /** accepted, its media are set up or its contact is dialled */
  CONNECTING: "connecting",
  /** a callback that waits in no queue until it is due */
  SCHEDULED: "scheduled",
  ACTIVE: "active",
  HELD: "held",
  /** frees the units, keeps the owner */
  PARKED: "parked",
  INTERRUPTED: "interrupted",
  WRAPPING: "wrapping",
  CLOSED: "closed",
  ABANDONED: "abandoned",
  CANCELLED: "cancelled",
  FAILED: "failed",
} as const;
export type InteractionState = (typeof InteractionState)[keyof typeof InteractionState];

/** What work of our own, beside a contact's, is to it. */
export const Bond = {
  /** a colleague is asked while the contact stays with who asks */
  CONSULT: "consult",
  /** a colleague's place in a conference */
  SEAT: "seat",
} as const;
export type Bond = (typeof Bond)[keyof typeof Bond];

/** Where a thread is; at most one conversation of a thread is not resolved. */
export const ConversationState = {
  OPEN: "open",
  PENDING: "pending",
  SNOOZED: "snoozed",
  RESOLVED: "resolved",
  SPAM: "spam",
} as const;
export type ConversationState = (typeof ConversationState)[keyof typeof ConversationState];

/** Where an offer is; all but ringing are terminal. */
export const OfferState = {
  RINGING: "ringing",
  ACCEPTED: "accepted",
  DECLINED: "declined",
  TIMED_OUT: "timed_out",
  REVOKED: "revoked",
} as const;
export type OfferState = (typeof OfferState)[keyof typeof OfferState];

/** First axis of presence: is a console of this agent connected. */
export const Session = {
  OFFLINE: "offline",
  ONLINE: "online",
  /** the socket was lost a moment ago */
  RECONNECTING: "reconnecting",
} as const;
export type Session = (typeof Session)[keyof typeof Session];

/** Second axis of presence: does the agent want work. */
export const Status = {
  ON_QUEUE: "on_queue",
  OFF_QUEUE: "off_queue",
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Why an agent takes no work. */
export const OffQueueReason = {
  BREAK: "break",
  MEAL: "meal",
  MEETING: "meeting",
  TRAINING: "training",
  ADMIN: "admin",
  OWN: "own",
} as const;
export type OffQueueReason = (typeof OffQueueReason)[keyof typeof OffQueueReason];

/** What one line of a conversation is. */
export const EntryKind = {
  MESSAGE: "message",
  /** only colleagues see it */
  NOTE: "note",
  /** something happened: joined, transferred, resolved */
  SYSTEM: "system",
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** Who wrote an entry. */
export const Author = {
  CONTACT: "contact",
  AGENT: "agent",
  SYSTEM: "system",
  BOT: "bot",
} as const;
export type Author = (typeof Author)[keyof typeof Author];

/** What a system entry tells; the screen words it in the reader's language. */
export const SystemCode = {
  QUEUED: "queued",
  OFFERED: "offered",
  JOINED: "joined",
  DECLINED: "declined",
  TIMED_OUT: "timed_out",
  TRANSFERRED: "transferred",
  TAKEN_OVER: "taken_over",
  PARKED: "parked",
  RESOLVED: "resolved",
  REOPENED: "reopened",
  ABANDONED: "abandoned",
  TAGGED: "tagged",
  RATED: "rated",
  /** the contact ended it */
  LEFT: "left",
  OVERFLOWED: "overflowed",
  /** left its queue by an exit before anybody took it */
  DIVERTED: "diverted",
  /** routing could not take it: the queue is full or gone */
  NOT_QUEUED: "not_queued",
  SNOOZED: "snoozed",
  WOKEN: "woken",
  SPAM: "spam",
  /** a colleague or a queue */
  CONSULT_ASKED: "consult_asked",
  /** a colleague advises; the contact does not see it */
  CONSULT_JOINED: "consult_joined",
  CONSULT_ENDED: "consult_ended",
  /** nobody came */
  CONSULT_MISSED: "consult_missed",
  /** a colleague is in the conference no more */
  SEAT_LEFT: "seat_left",
  HELD: "held",
  UNHELD: "unheld",
  /** a payment or a form */
  FLOW_ENTERED: "flow_entered",
  FLOW_RETURNED: "flow_returned",
  /** a callback is wanted later */
  SCHEDULED: "scheduled",
  /** an agent calls the contact back */
  DIALLING: "dialling",
  /** it is dialled again later */
  UNREACHED: "unreached",
  /** for good: as often dialled as the queue allows */
  NOT_REACHED: "not_reached",
} as const;
export type SystemCode = (typeof SystemCode)[keyof typeof SystemCode];

/** Where a visitor's chat is, as the widget shows it. */
export const VisitorPhase = {
  /** nothing asked yet */
  IDLE: "idle",
  /** outside opening hours: a message may be left */
  CLOSED: "closed",
  WAITING: "waiting",
  /** left a message: nobody could take it, somebody will answer later */
  LEFT: "left",
  /** waits to be called */
  CALLBACK: "callback",
  ACTIVE: "active",
  ENDED: "ended",
} as const;
export type VisitorPhase = (typeof VisitorPhase)[keyof typeof VisitorPhase];

/** A named set of permissions (tenants/rules.py holds the sets). */
export const Role = {
  AGENT: "agent",
  SUPERVISOR: "supervisor",
  ADMIN: "admin",
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** Languages of our screens. */
export const Locale = {
  EN: "en",
  ZH_CN: "zh-CN",
  ZH_TW: "zh-TW",
} as const;
export type Locale = (typeof Locale)[keyof typeof Locale];

/** Which contacts come. */
export const SimulationBasis = {
  /** those of a recorded day, at their times */
  DAY: "day",
  /** as many as on the recorded days in each half hour, drawn anew */
  FORECAST: "forecast",
  /** as many as somebody assumes: nothing need have been recorded */
  ASSUMED: "assumed",
} as const;
export type SimulationBasis = (typeof SimulationBasis)[keyof typeof SimulationBasis];

/** How far a simulation is. */
export const SimulationState = {
  QUEUED: "queued",
  RUNNING: "running",
  DONE: "done",
  FAILED: "failed",
} as const;
export type SimulationState = (typeof SimulationState)[keyof typeof SimulationState];

/** What kind of thing figures are asked for. */
export const SubjectKind = {
  /** its work, and the agents who meet what it asks */
  QUEUE: "queue",
  /** work that asks for it, and the agents who have it */
  SKILL: "skill",
  /** what its members have, taken together */
  TEAM: "team",
  AGENT: "agent",
  /** what all queues have, taken together, and everybody who works */
  TENANT: "tenant",
} as const;
export type SubjectKind = (typeof SubjectKind)[keyof typeof SubjectKind];

/** Why a command was refused; a refused command changes nothing. */
export const Refusal = {
  UNKNOWN_QUEUE: "unknown_queue",
  UNKNOWN_AGENT: "unknown_agent",
  /** never queued, or over */
  UNKNOWN_INTERACTION: "unknown_interaction",
  INTERACTION_EXISTS: "interaction_exists",
  QUEUE_FULL: "queue_full",
  /** by the tenant, and the queue names none for the blocked */
  CONTACT_BLOCKED: "contact_blocked",
  /** a transfer of a live contact to a closed queue without overflow */
  QUEUE_CLOSED: "queue_closed",
  /** a transfer to a queue nobody staffs, without overflow */
  QUEUE_UNSTAFFED: "queue_unstaffed",
  /** live work names it */
  QUEUE_NOT_EMPTY: "queue_not_empty",
  /** a level outside 1–10, a skill twice, a condition nobody can meet */
  BAD_REQUIREMENT: "bad_requirement",
  /** open intervals must be sorted, disjoint and not empty */
  BAD_INTERVAL: "bad_interval",
  /** a time, priority, capacity or unit count outside its limits */
  BAD_VALUE: "bad_value",
  OVERFLOW_CYCLE: "overflow_cycle",
  /** the offer of this epoch is gone or rings elsewhere */
  NOT_OFFERED: "not_offered",
  NOT_OWNER: "not_owner",
  NOT_ACTIVE: "not_active",
  NOT_WRAPPING: "not_wrapping",
  NOT_PARKED: "not_parked",
  /** somebody has it, or it is transferred to one agent */
  NOT_WAITING: "not_waiting",
  /** wrapping, an agent transfer under way, or in one's own hands already */
  NOT_TAKEABLE: "not_takeable",
  /** an agent transfer of it is ringing */
  TRANSFER_PENDING: "transfer_pending",
  AGENT_OFFLINE: "agent_offline",
  /** an agent transfer to one who cannot be offered it now */
  AGENT_NOT_AVAILABLE: "agent_not_available",
  /** signing out needs it handed over, parked or forced */
  WORK_IN_HAND: "work_in_hand",
  /** another owner opened the shard */
  STALE_EPOCH: "stale_epoch",
  /** a consult or a seat in a conference is not the contact's own work */
  NOT_CONTACTS: "not_contacts",
  /** not a consult, or nobody has accepted it yet */
  NOT_CONSULT: "not_consult",
  /** others are in it, or this agent is already */
  IN_CONFERENCE: "in_conference",
  /** nobody of that name is in it */
  NOT_IN_CONFERENCE: "not_in_conference",
  CONFERENCE_FULL: "conference_full",
  /** it is not with a flow */
  NOT_IN_FLOW: "not_in_flow",
  /** only a call can be held */
  NOT_CALL: "not_call",
  /** nobody is connecting it */
  NOT_CONNECTING: "not_connecting",
} as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

/** When an agent is to work. */
export interface PlannedShift {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** When an agent is to be off queue. */
export interface PlannedBreak {
  readonly from_ms: number;
  readonly to_ms: number;
  /** of the status meanwhile */
  readonly reason: OffQueueReason;
}

/** An agent's shifts and breaks, as routing follows them. */
export interface AgentPlan {
  readonly agent_id: number;
  readonly shifts: readonly PlannedShift[];
  readonly breaks: readonly PlannedBreak[];
}

/** A plan as written, whole; each list in order of time and apart, empty = none planned. */
export interface PlanWrite {
  readonly shifts?: readonly PlannedShift[];
  readonly breaks?: readonly PlannedBreak[];
}

/** The three axes and the block of one agent; load is units in use per medium. */
export interface Presence {
  readonly agent_id: number;
  readonly session: Session;
  readonly status: Status;
  readonly reason: string | null;
  readonly next_status: Status | null;
  readonly next_reason: string | null;
  /** not_responding */
  readonly is_blocked: boolean;
  readonly since_ms: number;
  readonly load: Readonly<Record<string, number>>;
  readonly capacity: Readonly<Record<string, number>>;
  readonly wrap_ups: number;
  /** the planned break that runs or comes next */
  readonly next_break: PlannedBreak | null;
}

/** How an agent's work of several media goes together, and how often the agent has a turn. */
export interface Handling {
  /** a call alone, or beside chats as far as units go */
  readonly voice_exclusive: boolean;
  /** what gives way to a call and comes back after it */
  readonly interruptible: readonly Medium[];
  /** 1–100: how often beside others, in queues that choose by weight */
  readonly weight: number;
}

/** A person who signs in; with queue skills they are an agent. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly team: string | null;
  readonly locale: Locale;
  readonly is_active: boolean;
  readonly capacity: Readonly<Record<string, number>>;
  readonly handling: Handling;
  /** skill id → level (JSON keys are text) */
  readonly skills: Readonly<Record<string, number>>;
  readonly presence: Presence | null;
}

/** A user as an admin writes them; what is absent stays (PATCH) or takes its default (POST). */
export interface UserWrite {
  readonly email?: string;
  readonly name?: string;
  readonly role?: Role;
  readonly team?: string | null;
  readonly password?: string;
  readonly is_active?: boolean;
  readonly capacity?: Readonly<Record<string, number>>;
  readonly handling?: Handling;
}

/** The signed-in user, the tenant, what they may do, and the token every write carries in X-CSRF-Token. */
export interface Me {
  readonly user: User;
  readonly tenant_id: number;
  readonly tenant_name: string;
  readonly permissions: readonly string[];
  readonly csrf_token: string;
  readonly locale: Locale;
  readonly theme: string;
  readonly preferences: Readonly<Record<string, unknown>>;
}

/** What a user sets for themselves. */
export interface Preferences {
  readonly locale?: Locale;
  readonly theme?: string;
  readonly preferences?: Readonly<Record<string, unknown>>;
}

/** A sign-in. */
export interface Login {
  readonly email: string;
  readonly password: string;
}

/** A change of one's own password; every other session of the user ends. */
export interface PasswordWrite {
  readonly old: string;
  readonly new: string;
}

/** What a role may do. */
export interface RolePermissions {
  readonly role: Role;
  readonly permissions: readonly string[];
}

/** One recorded act; `hash` covers the line and the hash before it, so a changed line shows. */
export interface AuditLine {
  readonly seq: number;
  readonly at_ms: number;
  readonly user_id: number | null;
  readonly user_name: string | null;
  /** past tense: signed_in user_changed api_key_added … */
  readonly act: string;
  /** what it was done to: user:17 */
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** Opens one socket within 30 s, once. */
export interface Ticket {
  readonly ticket: string;
}

/** A key of the API; the secret is shown once, when it is made. */
export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly seen_at_ms: number | null;
  readonly secret: string | null;
}

/** A new key. */
export interface ApiKeyWrite {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires_at_ms?: number | null;
}

/** A named ability; `locale` makes it a language skill. */
export interface Skill {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly locale: Locale | null;
}

/** A skill as written. */
export interface SkillWrite {
  readonly name: string;
  readonly category?: string;
  readonly locale?: Locale | null;
}

/** One cell of the people × skills matrix; level 0 removes. */
export interface SkillCell {
  readonly agent_id: number;
  readonly skill_id: number;
  readonly level: number;
}

/** At least this level of this skill. */
export interface Requirement {
  readonly skill_id: number;
  readonly level: number;
}

/** This skill, at this level or above. */
export interface SkillCondition {
  readonly type: "has_skill";
  readonly skill_id: number;
  /** 1–10 */
  readonly level: number;
}

/** Every one of these. */
export interface AllCondition {
  readonly type: "all_of";
  readonly of: ReadonlyArray<SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition>;
}

/** At least one of these. */
export interface AnyCondition {
  readonly type: "any_of";
  readonly of: ReadonlyArray<SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition>;
}

/** Not this: an exclusion. */
export interface NotCondition {
  readonly type: "not_so";
  readonly of: SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition;
}

/** One of these people. */
export interface AgentsCondition {
  readonly type: "one_of_agents";
  readonly agent_ids: readonly number[];
}

/** A member of one of these teams. */
export interface TeamsCondition {
  readonly type: "one_of_teams";
  readonly teams: readonly string[];
}

/** What a queue asks instead, after this much open time of waiting. */
export interface RelaxationStep {
  /** 1–86400, later than the step before */
  readonly after_s: number;
  /** instead of the queue's own */
  readonly requirement: readonly Requirement[];
  /** instead of the queue's own */
  readonly condition: SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition | null;
  /** 0–9: brings what the work itself asks down, languages above all */
  readonly lower_by: number;
}

/** How a queue orders its work and hands it out. */
export interface Distribution {
  readonly order_by: QueueOrder;
  /** pieces of work, of a queue ordered by share */
  readonly share_per_hour: number;
  readonly agent_choice: AgentChoice;
  /** free agents kept for this queue */
  readonly reserve: number;
  /** units of its work pushed into one agent's hands at most */
  readonly agent_units_max: number | null;
  /** an offer is taken as soon as it is made */
  readonly auto_accept: boolean;
  /** with more than this waiting, what comes overflows at once */
  readonly overflow_length: number | null;
  /** 1–20: the best agents an offer rings at together; the first to accept has the work */
  readonly broadcast: number;
  /** accepted work that is not connected by then goes back */
  readonly connect_s: number;
  /** who was not reached is dialled again after this long */
  readonly callback_retry_s: number;
  /** 1–20: after so many times dialled in vain a callback is over */
  readonly callback_tries: number;
  /** in an emergency: nothing is offered, whatever the hours */
  readonly is_paused: boolean;
  /** where the work of a paused queue goes */
  readonly redirect_queue_id: number | null;
  readonly relaxation: readonly RelaxationStep[];
  /** on top of the queue's list of skills */
  readonly condition: SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition | null;
}

/** A queue's policy as written. */
export interface QueueWrite {
  readonly name: string;
  readonly requirement?: readonly Requirement[];
  /** None: always open */
  readonly hours_id?: number | null;
  readonly sla_policy_id?: number | null;
  readonly offer_s?: number;
  readonly wrap_up_s?: number;
  readonly preferred_s?: number;
  readonly overflow_after_s?: number | null;
  readonly overflow_queue_id?: number | null;
  /** how contacts leave whom no queue can have */
  readonly overflow_exit?: OverflowExit | null;
  /** where work of blocked contacts goes; None: it is refused */
  readonly blocked_queue_id?: number | null;
  readonly waiting_max?: number;
  readonly tells_position?: boolean;
  readonly is_active?: boolean;
  readonly distribution?: Distribution;
}

/** That a queue hands out nothing for now: its work goes to another queue, or stays in its place. */
export interface PauseWrite {
  readonly redirect_queue_id?: number | null;
}

/** A queue with what happens in it now. */
export interface Queue {
  readonly name: string;
  readonly requirement: readonly Requirement[];
  /** None: always open */
  readonly hours_id: number | null;
  readonly sla_policy_id: number | null;
  readonly offer_s: number;
  readonly wrap_up_s: number;
  readonly preferred_s: number;
  readonly overflow_after_s: number | null;
  readonly overflow_queue_id: number | null;
  /** how contacts leave whom no queue can have */
  readonly overflow_exit: OverflowExit | null;
  /** where work of blocked contacts goes; None: it is refused */
  readonly blocked_queue_id: number | null;
  readonly waiting_max: number;
  readonly tells_position: boolean;
  readonly is_active: boolean;
  readonly distribution: Distribution;
  readonly id: number;
  readonly is_open: boolean;
  /** agents on queue who could serve it */
  readonly staffed: number;
  readonly waiting: number;
  /** the promise of its SLA policy, or what holds without one: */
  readonly answer_s: number;
  /** so many of its contacts are to be answered in that time */
  readonly answer_percent: number;
}

/** One date with other hours; an empty list is closed. */
export interface Holiday {
  readonly date: string;
  readonly name: string;
  readonly open: ReadonlyArray<readonly [string, string]>;
}

/** Opening hours: per weekday a list of [from, to] in HH:MM of the time zone, and exceptions by date. */
export interface HoursWrite {
  readonly name: string;
  readonly time_zone: string;
  readonly week: Readonly<Record<string, ReadonlyArray<readonly [string, string]>>>;
  readonly holidays?: readonly Holiday[];
}

/** Opening hours with what they say now. */
export interface Hours {
  readonly name: string;
  readonly time_zone: string;
  readonly week: Readonly<Record<string, ReadonlyArray<readonly [string, string]>>>;
  readonly holidays: readonly Holiday[];
  readonly id: number;
  readonly is_open: boolean;
  readonly next_change_at_ms: number | null;
}

/** One question before the chat, at most three. */
export interface PrechatField {
  /** name | email | phone | or an own key */
  readonly key: string;
  /** locale → text */
  readonly label: Readonly<Record<string, string>>;
  readonly is_required: boolean;
}

/** How a web chat looks and asks. */
export interface WidgetSettings {
  readonly title: string;
  /** locale → text */
  readonly greeting: Readonly<Record<string, string>>;
  /** 4649D1" */
  readonly color: string;
  /** right | left */
  readonly position: string;
  readonly theme: string;
  readonly prechat: readonly PrechatField[];
  readonly asks_rating: boolean;
  /** who waits may ask to be called back, and keeps the place */
  readonly offers_callback: boolean;
  readonly teaser: Readonly<Record<string, string>>;
}

/** How much one visitor and one address may do before they are told to wait. */
export interface VisitorLimits {
  /** of one visitor in 3 s */
  readonly messages: number;
  /** conversations begun from one address in a minute */
  readonly starts: number;
  /** of one visitor in all */
  readonly attachment_bytes: number;
}

/** An entry point as written. */
export interface InboxWrite {
  readonly name: string;
  readonly queue_id: number;
  readonly channel?: Channel;
  readonly hours_id?: number | null;
  /** https://shop.example; who may embed the widget */
  readonly origins?: readonly string[];
  /** refuse visitors without a signed identity */
  readonly needs_identity?: boolean;
  readonly widget?: WidgetSettings;
  readonly limits?: VisitorLimits;
  readonly is_active?: boolean;
}

/** An entry point; `snippet` is what a customer pastes. */
export interface Inbox {
  readonly name: string;
  readonly queue_id: number;
  readonly channel: Channel;
  readonly hours_id: number | null;
  /** https://shop.example; who may embed the widget */
  readonly origins: readonly string[];
  /** refuse visitors without a signed identity */
  readonly needs_identity: boolean;
  readonly widget: WidgetSettings;
  readonly limits: VisitorLimits;
  readonly is_active: boolean;
  readonly id: number;
  readonly key: string;
  readonly snippet: string;
  /** shown to admins only */
  readonly identity_secret: string | null;
  readonly first_hit_at_ms: number | null;
}

/** A canned text in liquid: {{ contact.first_name }}, {{ agent.name }}. */
export interface TemplateWrite {
  readonly name: string;
  readonly text: string;
  readonly shortcut?: string;
  readonly locale?: Locale | null;
  readonly is_personal?: boolean;
}

/** A template; `initials` lets 中文 names be found by pinyin initials. */
export interface Template {
  readonly name: string;
  readonly text: string;
  readonly shortcut: string;
  readonly locale: Locale | null;
  readonly is_personal: boolean;
  readonly id: number;
  readonly initials: string;
}

/** A tag as written; hue 1–6. */
export interface TagWrite {
  readonly name: string;
  readonly hue?: number;
}

/** A tag. */
export interface Tag {
  readonly name: string;
  readonly hue: number;
  readonly id: number;
}

/** An outcome code. */
export interface DispositionWrite {
  readonly name: string;
  readonly position?: number;
  readonly is_active?: boolean;
}

/** An outcome code. */
export interface Disposition {
  readonly name: string;
  readonly position: number;
  readonly is_active: boolean;
  readonly id: number;
}

/** Targets in seconds of open time; answer_percent of contacts are to be answered in answer_s. */
export interface SlaPolicyWrite {
  readonly name: string;
  /** from arrival until somebody has the work in hand */
  readonly answer_s?: number;
  readonly answer_percent?: number;
  /** from arrival until an agent has written */
  readonly first_response_s?: number | null;
  /** from the contact's message until an agent has written again */
  readonly next_response_s?: number;
  /** from arrival until the work is over */
  readonly resolution_s?: number | null;
  /** of each target, when a warning is told; None: no warning */
  readonly warn_percent?: number | null;
  /** what stops the clocks of the first and the next response */
  readonly response_pauses?: readonly SlaPause[];
  /** what stops the clock of the resolution */
  readonly resolution_pauses?: readonly SlaPause[];
}

/** An SLA policy. */
export interface SlaPolicy {
  readonly name: string;
  /** from arrival until somebody has the work in hand */
  readonly answer_s: number;
  readonly answer_percent: number;
  /** from arrival until an agent has written */
  readonly first_response_s: number | null;
  /** from the contact's message until an agent has written again */
  readonly next_response_s: number;
  /** from arrival until the work is over */
  readonly resolution_s: number | null;
  /** of each target, when a warning is told; None: no warning */
  readonly warn_percent: number | null;
  /** what stops the clocks of the first and the next response */
  readonly response_pauses: readonly SlaPause[];
  /** what stops the clock of the resolution */
  readonly resolution_pauses: readonly SlaPause[];
  readonly id: number;
}

/** The status the agent wants; with work in hand it becomes the next status. */
export interface StatusWrite {
  readonly status: Status;
  readonly reason?: string | null;
}

/** One piece of an agent's work, as a supervisor looks at it. */
export interface WorkInHand {
  readonly interaction_id: number;
  readonly conversation_id: number | null;
  readonly contact_name: string;
  readonly medium: Medium;
  readonly state: InteractionState;
  readonly bond: Bond | null;
  readonly queue_id: number | null;
  readonly queue_name: string | null;
  /** of the acceptance; of the end while it is wrapped up */
  readonly since_ms: number;
  /** the contact's first message that has no answer */
  readonly waiting_since_ms: number | null;
  /** by when the queue promises that answer */
  readonly due_at_ms: number | null;
  /** when the queue's own wrap-up time ends; extended it runs on */
  readonly wrap_up_over_at_ms: number | null;
}

/** Something a supervisor did about a queue or somebody at work, as the audit has it. */
export interface LiveAct {
  readonly seq: number;
  readonly at_ms: number;
  /** who did it; None: no user, an API key */
  readonly user_name: string | null;
  /** queue_paused queue_resumed status_set block_cleared user_signed_out plan_changed */
  readonly act: string;
  /** of the queue or the person */
  readonly name: string;
  /** of the queue to which the paused one's work goes */
  readonly redirect_name: string | null;
  /** that was set, with its reason */
  readonly status: string | null;
  readonly reason: string | null;
}

/** An agent at this moment: presence, and what is in hand. */
export interface TeamMember {
  readonly name: string;
  readonly presence: Presence;
  /** when the planned break ended that they have not come back from */
  readonly break_over_at_ms: number | null;
  /** the oldest first */
  readonly work: readonly WorkInHand[];
}

/** How a contact is known on a channel. */
export interface Identity {
  readonly channel: Channel;
  readonly scope: string;
  readonly external_id: string;
  readonly is_verified: boolean;
}

/** An audience a contact is in now. */
export interface AudienceOfContact {
  readonly id: number;
  readonly name: string;
  /** what it gives the contact's next work */
  readonly priority: number | null;
}

/** A person who writes or calls. */
export interface Contact {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly locale: string | null;
  readonly is_vip: boolean;
  /** their work reaches nobody, or the queue for the blocked */
  readonly is_blocked: boolean;
  readonly owner_id: number | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly note: string;
  readonly tag_ids: readonly number[];
  readonly identities: readonly Identity[];
  readonly created_at_ms: number;
  readonly conversations: number;
  /** others with the same e-mail or phone: a suggestion, never a merge */
  readonly duplicate_ids: readonly number[];
  /** by name; empty in lists, where nobody asks */
  readonly audiences: readonly AudienceOfContact[];
}

/** What of a contact may be written. */
export interface ContactWrite {
  readonly name?: string;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly locale?: string | null;
  readonly is_vip?: boolean;
  readonly owner_id?: number | null;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly note?: string;
  readonly tag_ids?: readonly number[];
}

/** Why a contact is blocked, for the audit. */
export interface BlockWrite {
  readonly reason?: string;
}

/** A merge by hand: everything of `merged_id` goes to the kept contact; `id` undoes it. */
export interface ContactMerge {
  readonly id: number;
  readonly kept_id: number;
  readonly merged_id: number;
  readonly at_ms: number;
}

/** A stored file; `url` is signed and short-lived. */
export interface Attachment {
  readonly id: number;
  readonly name: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly url: string;
}

/** What a system entry says, as data: the screen words it in the reader's language. */
export interface SystemEvent {
  /** a value of states.SystemCode */
  readonly code: string;
  readonly agent_id: number | null;
  readonly agent_name: string | null;
  readonly queue_id: number | null;
  readonly queue_name: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

/** One line of a conversation; seq runs 1, 2, 3 … within it. */
export interface Entry {
  readonly conversation_id: number;
  readonly seq: number;
  readonly id: number;
  readonly kind: EntryKind;
  readonly author: Author;
  readonly at_ms: number;
  readonly text: string;
  readonly user_id: number | null;
  readonly user_name: string | null;
  /** the writer's own id, to match the optimistic echo */
  readonly client_id: string | null;
  readonly interaction_id: number | null;
  readonly attachments: readonly Attachment[];
  readonly mentions: readonly number[];
  readonly system: SystemEvent | null;
}

/** A reply or a private note. `client_id` makes it safe to send twice. */
export interface EntryWrite {
  /** a UUID */
  readonly client_id: string;
  readonly text?: string;
  readonly kind?: EntryKind;
  readonly attachment_ids?: readonly number[];
  readonly mentions?: readonly number[];
}

/** One stretch of work on a conversation. */
export interface Interaction {
  readonly id: number;
  readonly conversation_id: number | null;
  readonly medium: Medium;
  readonly state: InteractionState;
  readonly queue_id: number | null;
  readonly agent_id: number | null;
  readonly parent_id: number | null;
  readonly priority: number;
  /** the name of the audience that gave the priority, as it was then */
  readonly audience: string | null;
  readonly reason: string;
  readonly created_at_ms: number;
  readonly queued_at_ms: number | null;
  readonly answered_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly closed_at_ms: number | null;
  readonly wrap_up_until_ms: number | null;
  readonly sla_breached_at_ms: number | null;
  readonly is_reopened: boolean;
  readonly disposition_id: number | null;
  readonly disposition_note: string;
  readonly exit: OverflowExit | null;
  /** the number to call, in E.164 */
  readonly callback_to: string | null;
  /** None: the contact's own work; else work of ours beside it, `parent_id` */
  readonly bond: Bond | null;
  /** the agent who asked by the consult; stays when it is completed */
  readonly asked_by: number | null;
  readonly until_ms: number | null;
  /** of a callback: which time it is dialled, else how often it was in vain */
  readonly tries: number;
  /** how often at most, since it was dialled first */
  readonly tries_max: number;
}

/** A live consult about a conversation's work, or a seat in its conference. */
export interface BondedWork {
  readonly interaction_id: number;
  readonly bond: Bond;
  readonly state: InteractionState;
  /** who has it, or at whom it rings; None: it waits in the queue */
  readonly agent_id: number | null;
  readonly agent_name: string | null;
  readonly queue_name: string | null;
  readonly asked_by: number | null;
  readonly asked_by_name: string | null;
  /** over then unless somebody has accepted it */
  readonly until_ms: number | null;
  /** of the acceptance, of the asking before it */
  readonly since_ms: number;
}

/** A wrap-up that runs beside a conversation's present work: of an agent who has handed it on. */
export interface WrapUp {
  readonly interaction_id: number;
  readonly agent_id: number | null;
  readonly ended_at_ms: number | null;
  /** it ends on its own then */
  readonly until_ms: number | null;
}

/** A promise that is about to be broken, or is broken. */
export interface SlaAlert {
  readonly clock: SlaClock;
  readonly kind: SlaAlertKind;
  readonly at_ms: number;
}

/** Other work of the same contact, in another conversation. */
export interface LinkedWork {
  readonly conversation_id: number;
  readonly channel: Channel;
  readonly state: InteractionState;
  readonly queue_name: string | null;
  readonly agent_id: number | null;
  readonly agent_name: string | null;
}

/** A row of the list and the head of the thread. */
export interface Conversation {
  readonly id: number;
  readonly inbox_id: number;
  readonly channel: Channel;
  readonly contact_id: number;
  readonly contact_name: string;
  readonly contact_is_vip: boolean;
  readonly state: ConversationState;
  readonly snoozed_until_ms: number | null;
  readonly head_seq: number;
  readonly interaction: Interaction | null;
  readonly queue_id: number | null;
  readonly queue_name: string | null;
  readonly agent_id: number | null;
  readonly agent_name: string | null;
  readonly contact_seq: number;
  readonly agent_seq: number;
  readonly contact_read_seq: number;
  readonly contact_delivered_seq: number;
  readonly agent_read_seq: number;
  readonly unread: number;
  readonly waiting_since_ms: number | null;
  readonly due_at_ms: number | null;
  /** of the running clock, for the ring of the SLA chip */
  readonly target_s: number | null;
  /** live work of the contact elsewhere, whose agent has it too */
  readonly linked: readonly LinkedWork[];
  /** consults about the work and seats in its conference, the oldest first */
  readonly bonded: readonly BondedWork[];
  /** of agents who handed it on, beside the present work, the oldest first */
  readonly wrap_ups: readonly WrapUp[];
  /** of the present work, the latest of each clock and kind, oldest first */
  readonly sla_alerts: readonly SlaAlert[];
  readonly last_at_ms: number;
  readonly last_text: string;
  readonly last_author: Author;
  readonly locale: Locale | null;
  readonly tag_ids: readonly number[];
  readonly context: Readonly<Record<string, unknown>>;
  readonly disposition_id: number | null;
  readonly created_at_ms: number;
  readonly resolved_at_ms: number | null;
  readonly is_contact_online: boolean;
}

/** What of a conversation may be written by hand. */
export interface ConversationWrite {
  readonly state?: ConversationState;
  readonly snoozed_until_ms?: number | null;
  readonly tag_ids?: readonly number[];
}

/** What is in the composer, kept on the server; empty text removes it. */
export interface DraftWrite {
  readonly text: string;
  /** message | note | wrap_up */
  readonly kind?: string;
}

/** A kept draft. */
export interface Draft {
  readonly kind: string;
  readonly text: string;
  readonly updated_at_ms: number;
}

/** A named list of the Desk and how many are in it. */
export interface View {
  /** mine working waiting_on_contact wrap_up parked mentions unassigned my_queues missed all */
  readonly key: string;
  readonly count: number;
}

/** How many conversations stand in a narrowed view; 100 means: at least as many. */
export interface ViewCount {
  readonly count: number;
}

/** What one agent has handled since a moment, usually their midnight. */
export interface AgentDay {
  /** chats that ended */
  readonly handled: number;
  /** since that moment, the hour that runs last */
  readonly handled_by_hour: readonly number[];
  /** mean from answer to end, without wrap-up; null: none ended */
  readonly handle_s: number | null;
}

/** One skill of the requirement: what was asked and what the agent has. */
export interface WhySkill {
  readonly skill_id: number;
  readonly name: string;
  readonly asked: number;
  readonly has: number;
}

/** What decided this offer, as the journal recorded it. */
export interface OfferWhy {
  /** preferred | best_level_then_longest_idle | named */
  readonly rule: string;
  readonly skills: readonly WhySkill[];
  readonly eligible: number;
  readonly idle_since_ms: number;
  readonly waited_ms: number;
  readonly waiting: number;
  /** rings at colleagues too: the first to accept has it */
  readonly is_broadcast: boolean;
}

/** An interaction reserved for an agent; the card of the offer dock. */
export interface Offer {
  readonly interaction_id: number;
  readonly epoch: number;
  readonly agent_id: number;
  readonly agent_name: string | null;
  readonly state: OfferState;
  readonly offered_at_ms: number;
  readonly expires_at_ms: number;
  readonly ended_at_ms: number | null;
  /** of the end */
  readonly reason: string | null;
  readonly conversation_id: number | null;
  readonly channel: Channel;
  readonly queue_id: number | null;
  readonly queue_name: string | null;
  readonly contact_name: string;
  readonly contact_is_vip: boolean;
  /** of the work, 0–9 */
  readonly priority: number;
  /** the name of the audience that gave it */
  readonly audience: string | null;
  readonly locale: string | null;
  /** pre-chat answer or first words */
  readonly text: string;
  readonly queued_at_ms: number | null;
  /** a message that was left, or a contact to call back */
  readonly exit: OverflowExit | null;
  /** the number to call, in E.164 */
  readonly callback_to: string | null;
  /** how often it was dialled in vain */
  readonly tries: number;
  /** consult: a colleague asks for advice, the contact stays with them */
  readonly bond: Bond | null;
  readonly asked_by: number | null;
  readonly asked_by_name: string | null;
  readonly why: OfferWhy | null;
}

/** One fact of the journal about an interaction. */
export interface JournalLine {
  readonly seq: number;
  readonly at_ms: number;
  readonly fact: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Why this agent: every offer of an interaction, oldest first, with the journal's place of each. */
export interface InteractionWhy {
  readonly interaction_id: number;
  readonly offers: readonly Offer[];
  readonly journal: readonly JournalLine[];
}

/** Why an offer is refused. */
export interface DeclineWrite {
  readonly reason?: string | null;
}

/** Resolves what the agent has seen: a message after `seen_seq` keeps the work alive. A consult or a seat is over by it; there `seen_seq` says nothing. */
export interface EndWrite {
  readonly seen_seq?: number;
}

/** The outcome of wrap-up. */
export interface CompleteWrite {
  readonly disposition_id?: number | null;
  readonly note?: string;
  readonly tag_ids?: readonly number[] | null;
}

/** More wrap-up time, seconds. */
export interface ExtendWrite {
  readonly by_s?: number;
}

/** Whom to call instead of letting them wait. */
export interface CallbackWrite {
  /** with the country: +60 12-345 6789 */
  readonly phone: string;
  /** within 31 days; None: as soon as somebody can */
  readonly not_before_ms?: number | null;
}

/** To a queue or to an agent, exactly one, with a note for whoever gets it. */
export interface TransferWrite {
  readonly queue_id?: number | null;
  readonly agent_id?: number | null;
  readonly note?: string;
}

/** Who is asked, a queue or an agent, exactly one, with what is asked as an internal note. */
export interface ConsultWrite {
  readonly queue_id?: number | null;
  readonly agent_id?: number | null;
  readonly note?: string;
}

/** Who of the conference owns the work from here on. */
export interface HandOverWrite {
  readonly agent_id: number;
}

/** How long a step of a flow may take at most, seconds; then the contact comes back by itself. */
export interface FlowWrite {
  readonly limit_s?: number;
}

/** One statement about a contact; which `op` and which `value` go with a field, docs/audiences.md says. */
export interface ContactTest {
  readonly type: "test";
  readonly field: ContactField;
  readonly op: ContactOp;
  /** nothing with is_known and is_unknown */
  readonly value: string | number | boolean | null;
  /** the name of the attribute; nothing with other fields */
  readonly key: string | null;
}

/** Every one of these. */
export interface AllTests {
  readonly type: "all_of";
  readonly of: ReadonlyArray<ContactTest | AllTests | AnyTest>;
}

/** At least one of these. */
export interface AnyTest {
  readonly type: "any_of";
  readonly of: ReadonlyArray<ContactTest | AllTests | AnyTest>;
}

/** An audience as written. */
export interface AudienceWrite {
  readonly name: string;
  readonly condition: ContactTest | AllTests | AnyTest;
  /** 0–9, given to work of its contacts that begins from now on; 9 is VIP */
  readonly priority?: number | null;
}

/** A saved selection of contacts. Who is in it is looked up whenever somebody asks. */
export interface Audience {
  readonly name: string;
  readonly condition: ContactTest | AllTests | AnyTest;
  /** 0–9, given to work of its contacts that begins from now on; 9 is VIP */
  readonly priority: number | null;
  readonly id: number;
}

/** How many contacts are in an audience now. */
export interface AudienceCount {
  readonly id: number;
  readonly count: number;
}

/** A condition to try; nothing is stored. */
export interface PreviewWrite {
  readonly condition: ContactTest | AllTests | AnyTest;
}

/** How many contacts a condition holds for, and the first of them, latest change first. */
export interface AudiencePreview {
  /** 10,000 means: at least as many */
  readonly count: number;
  /** at most 10 */
  readonly contacts: readonly Contact[];
}

/** One agent at that moment: could they have been offered the work, and if not, what barred them first. */
export interface Candidate {
  readonly agent_id: number;
  readonly agent_name: string;
  readonly verdict: AgentVerdict;
  /** of the list of skills, asked and had */
  readonly skills: readonly WhySkill[];
  /** in hand, of every medium */
  readonly units: number;
  /** in hand, of this medium */
  readonly medium_units: number;
  readonly medium_units_max: number;
  readonly idle_since_ms: number;
  /** of the present status */
  readonly since_ms: number;
  readonly off_queue_reason: string | null;
  /** not eligible for this work until then */
  readonly until_ms: number | null;
}

/** Some work in its queue, as it stood: what was asked, its place, and a verdict on each agent. */
export interface Moment {
  /** the journal's place */
  readonly seq: number;
  readonly at_ms: number;
  /** None: a hypothetical arrival */
  readonly interaction_id: number | null;
  readonly queue_id: number;
  readonly queue_name: string;
  readonly medium: Medium;
  readonly priority: number;
  readonly waited_ms: number;
  readonly is_open: boolean;
  readonly is_paused: boolean;
  readonly order_by: QueueOrder;
  readonly agent_choice: AgentChoice;
  /** 1 is first */
  readonly place: number;
  /** in this queue, this work included */
  readonly waiting: number;
  /** relaxation steps in force */
  readonly step: number;
  /** that the queue has */
  readonly steps: number;
  /** asked beyond the list of skills */
  readonly conditions: ReadonlyArray<SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition>;
  /** whom it waited for */
  readonly preferred_agent_id: number | null;
  /** a consult: the agent who asks, whom it is never offered to */
  readonly asked_by: number | null;
  readonly asked_by_name: string | null;
  /** what decided the offer; None: nobody was offered it */
  readonly rule: string | null;
  /** who was offered it */
  readonly agent_id: number | null;
  readonly agent_name: string | null;
  /** why a hypothetical arrival would not be taken at all */
  readonly refusal: string | null;
  /** those who could first, best first; at most 200 */
  readonly candidates: readonly Candidate[];
  /** verdict → agents, of all */
  readonly counts: Readonly<Record<string, number>>;
}

/** A hypothetical arrival in a queue; nothing is changed by asking. */
export interface ProspectWrite {
  readonly medium?: Medium;
  readonly units?: number;
  /** 0–9 */
  readonly priority?: number;
  /** on top of the queue's, languages above all */
  readonly skills?: readonly Requirement[];
  readonly preferred_agent_id?: number | null;
  /** as if it had waited so much open time: the relaxation steps of then */
  readonly after_s?: number;
  /** the queue as if it were written so */
  readonly queue?: QueueWrite | null;
}

/** One thing that might have been otherwise at that moment; exactly one is given. */
export interface OtherwiseWrite {
  readonly agent_choice?: AgentChoice | null;
  readonly order_by?: QueueOrder | null;
  /** 0–9, of this work */
  readonly priority?: number | null;
  /** of the queue itself */
  readonly requirement?: readonly Requirement[] | null;
  /** of one agent's skill; 0 takes it away */
  readonly level?: SkillCell | null;
}

/** What would have come of a change: who would have been offered the work, and how it would have stood. */
export interface Otherwise {
  /** None: it would have gone on waiting */
  readonly agent_id: number | null;
  readonly agent_name: string | null;
  readonly recorded_agent_id: number | null;
  readonly recorded_agent_name: string | null;
  readonly moment: Moment;
}

/** A conversation has one entry more. */
export interface EntryAdded {
  readonly type: "entry_added";
  readonly entry: Entry;
}

/** Watermarks of a conversation; they only grow. */
export interface ReceiptMoved {
  readonly type: "receipt_moved";
  readonly conversation_id: number;
  readonly contact_read_seq: number;
  readonly contact_delivered_seq: number;
  readonly agent_read_seq: number;
}

/** Somebody is typing; forget it after 5 s. */
export interface TypingSeen {
  readonly type: "typing_seen";
  readonly conversation_id: number;
  readonly author: Author;
  readonly user_id: number | null;
  readonly user_name: string | null;
}

/** Colleagues who have the conversation open on this node or another. */
export interface ViewersChanged {
  readonly type: "viewers_changed";
  readonly conversation_id: number;
  readonly user_ids: readonly number[];
}

/** Between nodes: who has the conversation open on `node`; each node adds them up for its own consoles. */
export interface ViewersSeen {
  readonly type: "viewers_seen";
  readonly conversation_id: number;
  readonly node: string;
  readonly user_ids: readonly number[];
}

/** The head of a conversation is this now: state, interaction, owner, tags, waiting, online. */
export interface ConversationChanged {
  readonly type: "conversation_changed";
  readonly conversation: Conversation;
}

/** An offer rings at this agent. */
export interface InteractionOffered {
  readonly type: "interaction_offered";
  readonly offer: Offer;
}

/** An offer of this agent rings no more. */
export interface OfferEnded {
  readonly type: "offer_ended";
  readonly offer: Offer;
}

/** Work of this agent came, changed its state, or left (agent_id is somebody else or None). */
export interface InteractionChanged {
  readonly type: "interaction_changed";
  readonly interaction: Interaction;
}

/** An SLA clock of work in this agent's hands ran low or out; the conversation's head says so too. */
export interface SlaAlerted {
  readonly type: "sla_alerted";
  readonly interaction_id: number;
  readonly conversation_id: number | null;
  readonly alert: SlaAlert;
}

/** This agent's presence is this now. */
export interface PresenceMoved {
  readonly type: "presence_moved";
  readonly presence: Presence;
}

/** A colleague named this agent in a note. */
export interface Mentioned {
  readonly type: "mentioned";
  readonly entry: Entry;
}

/** Ask these lists again: views, queues, presence, settings names. */
export interface ListsChanged {
  readonly type: "lists_changed";
  readonly names: readonly string[];
}

/** The user's sessions were revoked: close their sockets. */
export interface SessionEnded {
  readonly type: "session_ended";
  readonly user_id: number;
  /** hex of Actor.session_hash: only sockets of this session; None: all of them */
  readonly session: string | null;
}

/** Between nodes: what may be read changed for this user (None: for anybody); sockets look again. */
export interface RightsChanged {
  readonly type: "rights_changed";
  readonly user_id: number | null;
}

/** First frame of a console: the ticket and, per stream held, the last seq seen; always agent:<me>. */
export interface Hello {
  readonly type: "hello";
  readonly ticket: string;
  readonly streams?: Readonly<Record<string, number>>;
}

/** Hold these streams too, from after the seq given. */
export interface Subscribe {
  readonly type: "subscribe";
  readonly streams: Readonly<Record<string, number>>;
}

/** Hold these streams no more. */
export interface Unsubscribe {
  readonly type: "unsubscribe";
  readonly streams: readonly string[];
}

/** I am typing (sent at most once in 3 s); visitors leave conversation_id out. */
export interface Typing {
  readonly type: "typing";
  readonly conversation_id?: number | null;
}

/** I have this conversation open, or none. */
export interface Viewing {
  readonly type: "viewing";
  readonly conversation_id?: number | null;
}

/** I have read up to this seq; visitors leave conversation_id out. */
export interface Read {
  readonly type: "read";
  readonly seq: number;
  readonly conversation_id?: number | null;
}

/** Still here; answered by pong. Sent every 10 s; 25 s of silence closes the socket. */
export interface Ping {
  readonly type: "ping";
}

/** I take the offer of this epoch, as POST /offers/{id}/{epoch}/accept; the own stream tells of it. */
export interface AcceptOffer {
  readonly type: "accept";
  readonly interaction_id: number;
  readonly epoch: number;
}

/** I resolve what I have seen, as POST /interactions/{id}/end; the own stream tells of it. */
export interface EndWork {
  readonly type: "end";
  readonly interaction_id: number;
  readonly seen_seq?: number;
}

/** The socket is live. Streams whose gap exceeds 1,000 events are in `stale`: ask their lists again. */
export interface Welcome {
  readonly type: "welcome";
  readonly user_id: number;
  readonly node: string;
  readonly now_ms: number;
  readonly stale: readonly string[];
}

/** One event of a held stream; seq 0 is a signal. */
export interface StreamEvent {
  readonly type: "event";
  readonly stream: string;
  readonly seq: number;
  readonly event: EntryAdded | ReceiptMoved | TypingSeen | ViewersChanged | ViewersSeen | ConversationChanged | InteractionOffered | OfferEnded | InteractionChanged | SlaAlerted | PresenceMoved | Mentioned | ListsChanged | SessionEnded | RightsChanged;
}

/** Answer to ping. */
export interface Pong {
  readonly type: "pong";
  readonly now_ms: number;
}

/** A frame was not carried out; the socket stays open. Codes as in problem documents. */
export interface FrameRefused {
  readonly type: "refused";
  readonly code: string;
  readonly detail: string;
  /** of the field that is wrong, like $.text */
  readonly path: string | null;
  readonly client_id: string | null;
  readonly retry_after_ms: number | null;
}

/** The server gives nothing of this stream any more; `code` as in problem documents says why. */
export interface StreamDropped {
  readonly type: "dropped";
  readonly stream: string;
  /** not_allowed: work or skills moved and it is not yours to read any more */
  readonly code: string;
  readonly detail: string;
}

/** First frame of a widget: its token and the last seq seen. */
export interface VisitorHello {
  readonly type: "hello";
  readonly token: string;
  readonly last_seq?: number;
  readonly page?: string | null;
  readonly page_title?: string | null;
}

/** A message of the visitor; client_id (UUID) makes it safe to send twice. ≤ 10,000 characters. */
export interface VisitorMessage {
  readonly type: "message";
  readonly client_id: string;
  readonly text?: string;
  readonly attachment_ids?: readonly number[];
}

/** The visitor looks at this page now. */
export interface VisitorPage {
  readonly type: "page";
  readonly url: string;
  readonly title?: string;
}

/** The visitor ends the chat. */
export interface VisitorEnd {
  readonly type: "end";
}

/** 1–5 stars and an optional reason, after the end. */
export interface VisitorRate {
  readonly type: "rate";
  readonly stars: number;
  readonly text?: string;
}

/** The visitor would rather be called back than wait; `phone` has its country: +60 12-345 6789. */
export interface VisitorCallback {
  readonly type: "callback";
  readonly phone: string;
  /** within 31 days; None: as soon as somebody can */
  readonly not_before_ms?: number | null;
}

/** An entry as the visitor may see it: no notes, no internals. */
export interface VisitorEntry {
  readonly seq: number;
  readonly kind: EntryKind;
  readonly author: Author;
  readonly at_ms: number;
  readonly text: string;
  /** the agent's display name */
  readonly name: string | null;
  readonly client_id: string | null;
  readonly attachments: readonly Attachment[];
  /** queued joined transferred resolved abandoned only */
  readonly system: SystemEvent | null;
}

/** What the widget shows around the log. */
export interface VisitorState {
  readonly conversation_id: number;
  readonly state: ConversationState;
  readonly phase: VisitorPhase;
  readonly agent_name: string | null;
  readonly queue_name: string | null;
  /** 1 = next */
  readonly position: number | null;
  readonly wait_low_s: number | null;
  readonly wait_high_s: number | null;
  readonly opens_at_ms: number | null;
  /** the visitor may ask to be called back */
  readonly offers_callback: boolean;
  /** the number that will be called */
  readonly callback_to: string | null;
  /** not before then */
  readonly callback_at_ms: number | null;
  readonly agent_read_seq: number;
  readonly is_rated: boolean;
}

/** The socket is live; entries after last_seq follow as `entry` frames (all, in order), then live ones. */
export interface VisitorWelcome {
  readonly type: "welcome";
  readonly now_ms: number;
  readonly state: VisitorState;
}

/** One entry of the visitor's conversation; an own message's echo doubles as its acknowledgement. */
export interface VisitorEntryAdded {
  readonly type: "entry";
  readonly entry: VisitorEntry;
}

/** Around the log this is so now. */
export interface VisitorStateChanged {
  readonly type: "state";
  readonly state: VisitorState;
}

/** The agent is typing; forget it after 5 s. */
export interface VisitorTyping {
  readonly type: "typing";
  readonly name: string | null;
}

/** One pre-chat question. */
export interface WidgetField {
  readonly key: string;
  readonly label: Readonly<Record<string, string>>;
  readonly is_required: boolean;
}

/** What the widget needs before it asks the visitor anything; no cookie, no storage, cacheable 60 s. */
export interface WidgetConfig {
  readonly key: string;
  readonly title: string;
  readonly greeting: Readonly<Record<string, string>>;
  readonly color: string;
  readonly position: string;
  readonly theme: string;
  readonly teaser: Readonly<Record<string, string>>;
  readonly prechat: readonly WidgetField[];
  readonly asks_rating: boolean;
  readonly is_open: boolean;
  readonly opens_at_ms: number | null;
  readonly is_staffed: boolean;
  /** typical time to a reply, None: not known */
  readonly reply_s: number | null;
  /** first names of people on queue, at most 3 */
  readonly team: readonly string[];
  readonly needs_identity: boolean;
  readonly text_max: number;
  readonly attachment_bytes_max: number;
}

/** Begins a conversation with its first message; safe to repeat by client_id. */
export interface VisitorStart {
  readonly client_id: string;
  readonly text: string;
  readonly locale?: string;
  readonly prechat?: Readonly<Record<string, string>>;
  readonly page?: string | null;
  readonly page_title?: string | null;
  readonly referrer?: string | null;
  readonly time_zone?: string | null;
  /** the host site's id of a signed-in visitor … */
  readonly user_id?: string | null;
  /** … proved: hex HMAC-SHA256(identity_secret, user_id) */
  readonly user_hash?: string | null;
  readonly user_name?: string | null;
  readonly user_email?: string | null;
}

/** The visitor's token (keep it in this origin's storage) and where the conversation stands. */
export interface VisitorStarted {
  readonly token: string;
  readonly state: VisitorState;
  readonly entries: readonly VisitorEntry[];
}

/** The four standard formulas, 0 to 1, by name; null where nothing was counted below the line. */
export interface ServiceLevelFigures {
  /** in target ÷ (served + abandoned) */
  readonly of_arrived: number | null;
  /** in target ÷ served */
  readonly of_served: number | null;
  /** in target ÷ (served + abandoned − abandoned early) */
  readonly without_early_abandoned: number | null;
  /** (in target + abandoned early) ÷ (served + abandoned) */
  readonly early_abandoned_as_met: number | null;
}

/** A window by name, as the API tells it. */
export interface WindowFigures {
  /** also by overflow and blind transfer */
  readonly arrived: number;
  readonly served: number;
  /** served before the answer target had run out */
  readonly in_target: number;
  readonly abandoned: number;
  /** before the answer target had run out */
  readonly abandoned_early: number;
  readonly served_wait_ms: number;
  readonly handled: number;
  /** in hand, wrap-up included; parked and interrupted time is not */
  readonly handled_ms: number;
  /** agents with work in hand */
  readonly busy_ms: number;
  /** agents who wanted work, or had some in hand */
  readonly staffed_ms: number;
  readonly service_levels: ServiceLevelFigures;
  /** average speed of answer */
  readonly asa_ms: number | null;
  /** average handling time */
  readonly aht_ms: number | null;
  readonly occupancy: number | null;
  readonly abandon_rate: number | null;
}

/** One minute of a subject, as the API tells it: how things stood at its end, and its counts. */
export interface MinuteFigures {
  /** it lasts a minute from here, the latest until now */
  readonly start_ms: number;
  readonly waiting: number;
  readonly longest_wait_ms: number | null;
  /** agents who wanted work, busy or not */
  readonly on_queue: number;
  /** of those who had none in hand */
  readonly free: number;
  readonly arrived: number;
  readonly served: number;
  readonly in_target: number;
  readonly abandoned: number;
}

/** The figures of a queue, skill, team or agent, or of the tenant, at a moment. */
export interface SubjectFigures {
  readonly kind: SubjectKind;
  /** a team is its name and has none, nor has the tenant */
  readonly id: number | null;
  readonly name: string;
  /** the moment */
  readonly at_ms: number;
  /** the tenant's day began then */
  readonly midnight_ms: number;
  /** offers not counted; of an agent or team what waits for them alone or rings at them */
  readonly waiting: number;
  /** since the arrival of who has waited longest */
  readonly longest_wait_ms: number | null;
  /** agents who want work, busy or not */
  readonly on_queue: number;
  /** of those who have none in hand */
  readonly free: number;
  /** since midnight */
  readonly day: WindowFigures;
  /** the latest half hour: the minute that runs and the 30 before it */
  readonly recent: WindowFigures;
  /** of the latest half hour, the oldest first, where they were asked for */
  readonly minutes: readonly MinuteFigures[];
}

/** A figure and the half width of its 95 % confidence interval; None with a single replication. */
export interface Estimate {
  readonly mean: number;
  readonly half_width: number | null;
}

/** The four standard formulas; None where nobody is below the line. */
export interface ServiceLevels {
  /** in target ÷ arrived */
  readonly of_arrived: Estimate | null;
  /** in target ÷ served */
  readonly of_served: Estimate | null;
  /** in target ÷ (arrived − abandoned within the target) */
  readonly without_early_abandoned: Estimate | null;
  /** (in target + abandoned within the target) ÷ arrived */
  readonly early_abandoned_as_met: Estimate | null;
}

/** Contacts by their period of arrival. */
export interface Figures {
  readonly arrived: Estimate;
  readonly served: Estimate;
  readonly abandoned: Estimate;
  /** left by their queue's exit */
  readonly diverted: Estimate;
  readonly blocked: Estimate;
  readonly unanswered: Estimate;
  readonly in_target: Estimate;
  readonly service_level: ServiceLevels;
  readonly asa_s: Estimate | null;
  readonly abandoned_wait_s: Estimate | null;
  readonly waiting: Estimate;
}

/** One type of contacts. */
export interface TypeReport {
  readonly name: string;
  readonly in_all: Figures;
  readonly periods: readonly Figures[];
}

/** One group of agents; of a recorded day, one agent. */
export interface GroupReport {
  readonly name: string;
  readonly occupancy: Estimate | null;
  readonly staffed: Estimate;
  readonly periods: ReadonlyArray<Estimate | null>;
}

/** One policy on the day's contacts. */
export interface PolicyReport {
  /** recorded (as it was), ours, edited, or a rival's */
  readonly policy: string;
  readonly in_all: Figures;
  readonly periods: readonly Figures[];
  readonly types: readonly TypeReport[];
  readonly groups: readonly GroupReport[];
}

/** One policy minus another, on the same contacts. */
export interface Gain {
  readonly policy: string;
  readonly against: string;
  /** in target ÷ arrived */
  readonly service_level: Estimate | null;
  readonly asa_s: Estimate | null;
  /** abandoned ÷ arrived */
  readonly abandoned: Estimate | null;
}

/** What a recorded day knows, and what had to be drawn because nobody saw it. */
export interface DayNotes {
  /** of the tenant's time zone */
  readonly date: string;
  readonly from_ms: number;
  readonly until_ms: number;
  /** its IANA name; None: written before it was told */
  readonly time_zone: string | null;
  /** arrived */
  readonly contacts: number;
  /** took work at some time */
  readonly agents: number;
  /** left, so that their patience is known */
  readonly patience_seen: number;
  /** did not leave: they would have waited at least as long as they did */
  readonly patience_censored: number;
  /** drawn from beyond that; None: nobody left, so nobody ever leaves */
  readonly patience_mean_s: number | null;
  /** never served, or not to the end: their times are drawn from the others' */
  readonly service_drawn: number;
  /** to a named agent: nobody routed those, so they are left out */
  readonly transfers: number;
}

/** Every policy on the same contacts. */
export interface SimulationReport {
  readonly seed: number;
  readonly replications: number;
  readonly period_s: number;
  readonly contacts: number;
  readonly policies: readonly PolicyReport[];
  readonly gains: readonly Gain[];
  readonly recording: DayNotes | null;
}

/** What is taken for granted of a day nobody recorded, for the queues and agents of today. */
export interface Assumed {
  /** in all queues together, each as many */
  readonly contacts_per_hour: number;
  /** mean; the deviation is three quarters of it */
  readonly service_s: number;
  /** mean; 0: none */
  readonly wrap_up_s: number;
  /** mean wait until somebody gives up */
  readonly patience_s: number;
  /** HH:MM: contacts come and agents are there from then */
  readonly from_time: string;
  /** until then */
  readonly until_time: string;
}

/** More people for some hours. */
export interface AgentsAdded {
  readonly count: number;
  /** skill id → level (JSON keys are text) */
  readonly skills: Readonly<Record<string, number>>;
  /** HH:MM of the day */
  readonly from_time: string;
  readonly until_time: string;
}

/** One of the day's agents with other skills, or away for some hours. */
export interface AgentChanged {
  readonly agent_id: number;
  /** instead of all they have; None: as they were */
  readonly skills: Readonly<Record<string, number>> | null;
  /** HH:MM; both or none */
  readonly away_from_time: string | null;
  readonly away_until_time: string | null;
}

/** Another overflow, whole; with nothing in it the queue has none. */
export interface OverflowChanged {
  /** where its work goes */
  readonly queue_id: number | null;
  /** of open time in the queue, 5–86400 */
  readonly after_s: number | null;
  /** with more than this waiting, what comes overflows at once */
  readonly length: number | null;
  /** how contacts leave whom no queue can have */
  readonly exit: OverflowExit | null;
}

/** One of the day's queues with another policy; None: as it was. */
export interface QueueChanged {
  readonly queue_id: number;
  readonly requirement: readonly Requirement[] | null;
  /** left out: as it was; None: none */
  readonly condition?: SkillCondition | AllCondition | AnyCondition | NotCondition | AgentsCondition | TeamsCondition | null;
  /** all steps; empty: none */
  readonly relaxation: readonly RelaxationStep[] | null;
  readonly overflow: OverflowChanged | null;
  readonly order_by: QueueOrder | null;
  readonly share_per_hour: number | null;
  readonly agent_choice: AgentChoice | null;
  readonly reserve: number | null;
}

/** What is to be different; nothing: the day is only played again. */
export interface Edits {
  readonly added: readonly AgentsAdded[];
  readonly agents: readonly AgentChanged[];
  readonly queues: readonly QueueChanged[];
}

/** A question: a day or a forecast, and what if. */
export interface SimulationWrite {
  /** YYYY-MM-DD of the tenant's time zone; its people are there (assumed: any, it names the day) */
  readonly date: string;
  readonly basis?: SimulationBasis;
  /** a forecast: more days whose contacts count, with the first */
  readonly like?: readonly string[];
  /** a forecast: times as many contacts */
  readonly volume?: number;
  /** basis assumed, and with nothing else */
  readonly assumed?: Assumed | null;
  readonly edits?: Edits;
  /** also other systems' habits */
  readonly has_rivals?: boolean;
  readonly replications?: number;
  readonly seed?: number;
}

/** A simulation that was asked for. */
export interface Simulation {
  readonly id: number;
  readonly state: SimulationState;
  /** 0 to 1 */
  readonly progress: number;
  readonly write: SimulationWrite;
  readonly created_at_ms: number;
  readonly created_by: string | null;
  readonly ended_at_ms: number | null;
  /** of a failed one, for people */
  readonly error: string | null;
  /** of a done one; lists leave it out */
  readonly report: SimulationReport | null;
}

/** A day the journal holds. */
export interface RecordedDay {
  readonly date: string;
  /** came to a queue that day */
  readonly contacts: number;
  /** neither begun before the journal nor still running */
  readonly is_whole: boolean;
}

/** The types of AnyEvent. */
export const EventType = {
  ENTRY_ADDED: "entry_added",
  RECEIPT_MOVED: "receipt_moved",
  TYPING_SEEN: "typing_seen",
  VIEWERS_CHANGED: "viewers_changed",
  VIEWERS_SEEN: "viewers_seen",
  CONVERSATION_CHANGED: "conversation_changed",
  INTERACTION_OFFERED: "interaction_offered",
  OFFER_ENDED: "offer_ended",
  INTERACTION_CHANGED: "interaction_changed",
  SLA_ALERTED: "sla_alerted",
  PRESENCE_MOVED: "presence_moved",
  MENTIONED: "mentioned",
  LISTS_CHANGED: "lists_changed",
  SESSION_ENDED: "session_ended",
  RIGHTS_CHANGED: "rights_changed",
} as const;
export type AnyEvent = EntryAdded | ReceiptMoved | TypingSeen | ViewersChanged | ViewersSeen | ConversationChanged | InteractionOffered | OfferEnded | InteractionChanged | SlaAlerted | PresenceMoved | Mentioned | ListsChanged | SessionEnded | RightsChanged;

/** The types of AgentFrame. */
export const AgentFrameType = {
  HELLO: "hello",
  SUBSCRIBE: "subscribe",
  UNSUBSCRIBE: "unsubscribe",
  TYPING: "typing",
  VIEWING: "viewing",
  READ: "read",
  PING: "ping",
  ACCEPT: "accept",
  END: "end",
} as const;
export type AgentFrame = Hello | Subscribe | Unsubscribe | Typing | Viewing | Read | Ping | AcceptOffer | EndWork;

/** The types of ConsoleFrame. */
export const ConsoleFrameType = {
  WELCOME: "welcome",
  EVENT: "event",
  PONG: "pong",
  REFUSED: "refused",
  DROPPED: "dropped",
} as const;
export type ConsoleFrame = Welcome | StreamEvent | Pong | FrameRefused | StreamDropped;

/** The types of VisitorFrame. */
export const VisitorFrameType = {
  HELLO: "hello",
  MESSAGE: "message",
  PAGE: "page",
  END: "end",
  RATE: "rate",
  CALLBACK: "callback",
  TYPING: "typing",
  READ: "read",
  PING: "ping",
} as const;
export type VisitorFrame = VisitorHello | VisitorMessage | VisitorPage | VisitorEnd | VisitorRate | VisitorCallback | Typing | Read | Ping;

/** The types of WidgetFrame. */
export const WidgetFrameType = {
  WELCOME: "welcome",
  ENTRY: "entry",
  STATE: "state",
  TYPING: "typing",
  PONG: "pong",
  REFUSED: "refused",
} as const;
export type WidgetFrame = VisitorWelcome | VisitorEntryAdded | VisitorStateChanged | VisitorTyping | Pong | FrameRefused;
