//! The small words of the vocabulary: identifiers, times, media and the axes of presence.

/// Milliseconds since the Unix epoch, or a duration in milliseconds.
pub type Millis = i64;
/// A queue of the tenant.
pub type QueueId = u64;
/// An agent of the tenant.
pub type AgentId = u64;
/// An interaction: the routable unit.
pub type InteractionId = u64;
/// A skill of the tenant; languages are skills.
pub type SkillId = u64;
/// A team of the tenant.
pub type TeamId = u64;
/// A skill and its level 1–10, held or required.
pub type SkillLevel = (SkillId, u8);
/// Open time, half open: from, to.
pub type Interval = (Millis, Millis);

/// A lost session keeps its ringing offers this long.
pub const OFFERS_LOST_MS: Millis = 15_000;
/// A lost session keeps its calls this long.
pub const CALLS_LOST_MS: Millis = 30_000;
/// A lost session keeps its other work this long, then it is offline.
pub const SESSION_LOST_MS: Millis = 90_000;
/// Waiting work whose contact is away is abandoned after this long.
pub const CONTACT_LOST_MS: Millis = 90_000;
/// Live interactions of one engine; a full engine is an answer, not an accident.
pub const INTERACTIONS_MAX: usize = 1_000_000;
/// Agents of one engine.
pub const AGENTS_MAX: usize = 100_000;
/// Queues of one engine.
pub const QUEUES_MAX: usize = 10_000;
/// Skills in one requirement or held by one agent.
pub const SKILLS_MAX: usize = 500;
/// Parts of one condition.
pub const CONDITION_NODES_MAX: usize = 64;
/// Relaxation steps of one queue.
pub const RELAXATIONS_MAX: usize = 16;
/// Teams of one agent.
pub const TEAMS_MAX: usize = 100;
/// Open intervals of one queue: 400 days with some hundreds of exceptions.
pub const INTERVALS_MAX: usize = 10_000;
/// The longest duration a policy may name: 31 days.
pub const DURATION_MS_MAX: Millis = 31 * 24 * 3_600_000;
/// The highest priority; it passes the length limit of a full queue.
pub const PRIORITY_MAX: u8 = 9;
/// The highest id of an agent: ids are those of PostgreSQL's bigint.
pub const AGENT_ID_MAX: AgentId = u64::MAX >> 1;
/// The highest id of an interaction, as of an agent.
pub const INTERACTION_ID_MAX: InteractionId = u64::MAX >> 1;
/// Units of one medium an agent may have.
pub const UNITS_MAX: u32 = 1_000;
/// Every level of priority of a queue in strict order is this far from the next: 557 years.
pub const STRICT_STEP_MS: Millis = 1 << 44;
/// The largest share a queue may have, in pieces of work an hour.
pub const SHARE_MAX: u32 = 1_000_000;
/// Agents one offer rings at, at most.
pub const BROADCAST_MAX: u32 = 20;
/// Seats of one conference beside its owner, at most.
pub const SEATS_MAX: usize = 20;
/// Times one contact is dialled, at most.
pub const CALLBACK_TRIES_MAX: u32 = 20;
/// The heaviest an agent may weigh.
pub const WEIGHT_MAX: u32 = 100;
/// `deadline_ms` of work at the head of its queue; computed deadlines start at 1.
pub const HEAD_DEADLINE_MS: Millis = 0;

/// Declares an enum whose members are words on the wire.
macro_rules! word {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $member:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$member_meta])* $member),* }

        impl $name {
            /// Every member, in declared order.
            pub const ALL: &'static [$name] = &[$($name::$member),*];

            /// Returns the word on the wire.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $($name::$member => $text),* }
            }
        }

        impl $crate::wire::Wire for $name {
            fn put(&self, writer: &mut $crate::wire::Writer) {
                static SPELT: &[$crate::wire::Spelt] = &[$($crate::wire::Spelt::word($text)),*];
                let spelt = &SPELT[*self as usize];
                writer.first_of(&spelt.bytes, spelt.count);
            }

            #[allow(non_upper_case_globals)]
            fn get(reader: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                $(const $member: u64 = $crate::wire::key($text.as_bytes());)*
                let at = reader.offset();
                let found = reader.word()?;
                match $crate::wire::key(found) {
                    $($member if found == $text.as_bytes() => Ok($name::$member),)*
                    _ => Err(reader.no_word(at, Self::ALL.iter().map(|word| word.text()))),
                }
            }
        }
    };
}

word! {
    /// How a contact is served; capacity is counted per medium.
    #[derive(Default)]
    Medium {
        /// Any text that expects an answer now.
        #[default]
        Chat = "chat",
        /// Exclusive unless the agent's profile says otherwise.
        Voice = "voice",
        /// A letter owed an answer.
        Email = "email",
        /// Case work, callbacks and the like.
        Task = "task",
    }
}

/// How many media there are; loads and capacities are arrays of this length.
pub const MEDIA: usize = Medium::ALL.len();

/// A set of media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Media(u8);

impl Media {
    pub(crate) const NONE: Self = Self(0);

    /// Returns the media whose number in the vocabulary this says.
    pub(crate) fn where_each(mut is_in: impl FnMut(usize) -> bool) -> Self {
        Self((0..MEDIA).fold(0, |bits, medium| bits | u8::from(is_in(medium)) << medium))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn has(self, medium: Medium) -> bool {
        self.has_number(medium as usize)
    }

    pub(crate) fn has_number(self, medium: usize) -> bool {
        self.0 >> medium & 1 == 1
    }

    pub(crate) fn without(self, medium: Medium) -> Self {
        Self(self.0 & !(1 << medium as u8))
    }

    /// Returns the medium alone if it is there.
    pub(crate) fn only(self, medium: Medium) -> Self {
        Self(self.0 & 1 << medium as u8)
    }

    /// Returns one for each medium that is among them, by number.
    pub(crate) fn ones(self) -> [u32; MEDIA] {
        /// Looked up, so that media are counted all at once.
        const ONES: [[u32; MEDIA]; 1 << MEDIA] = {
            let mut ones = [[0; MEDIA]; 1 << MEDIA];
            let mut media = 0;
            while media < ones.len() {
                let mut medium = 0;
                while medium < MEDIA {
                    if media & (1 << medium) != 0 {
                        ones[media][medium] = 1;
                    }
                    medium += 1;
                }
                media += 1;
            }
            ones
        };
        ONES[usize::from(self.0) % ONES.len()]
    }

    /// Returns the numbers of the media.
    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let medium = left.trailing_zeros() as usize;
            left &= left.checked_sub(1)?;
            Some(medium)
        })
    }
}

word! {
    /// First axis of presence: is a console of this agent connected.
    Session {
        /// Signed out, or lost for good.
        Offline = "offline",
        /// Connected.
        Online = "online",
        /// The socket was lost a moment ago.
        Reconnecting = "reconnecting",
    }
}

word! {
    /// Second axis of presence: does the agent want work.
    Status {
        /// Yes.
        OnQueue = "on_queue",
        /// No, for a reason.
        OffQueue = "off_queue",
    }
}

word! {
    /// How a queue's work is ordered.
    QueueOrder {
        /// By arrival, target and priority: ageing is built in.
        EarliestDeadline = "earliest_deadline",
        /// Priority before everything.
        StrictPriority = "strict_priority",
        /// At its share of work an hour; what is beyond waits behind others.
        Share = "share",
    }
}

word! {
    /// Who of those eligible is offered the work; every choice ends with the lowest id.
    AgentChoice {
        /// The highest levels, then the least in hand, then the longest idle.
        MostSkilled = "most_skilled",
        /// The lowest levels, then the least in hand, then the longest idle.
        LeastSkilled = "least_skilled",
        /// The least in hand, then the longest idle.
        LongestIdle = "longest_idle",
        /// Whose last turn is the longest ago.
        RoundRobin = "round_robin",
        /// Whose fullest medium is the least full, then the longest idle.
        LeastOccupied = "least_occupied",
        /// In turn, each as often as it weighs.
        Weighted = "weighted",
    }
}

word! {
    /// What an SLA clock measures; the first goes first where two are due in the same millisecond.
    SlaClock {
        /// From arrival, or a parked contact's message, until somebody has the work in hand.
        Answer = "answer",
        /// From arrival until an agent has written, or has the call in hand.
        FirstResponse = "first_response",
        /// From the contact's message after an answer until an agent has written again.
        NextResponse = "next_response",
        /// From arrival until the work is over.
        Resolution = "resolution",
    }
}

word! {
    /// What stops an SLA clock beside closing time, where its policy says so.
    SlaPause {
        /// The work is parked.
        Parked = "parked",
        /// The contact is away.
        ContactLost = "contact_lost",
        /// An agent has written and the contact has not since: it is the contact's turn.
        Answered = "answered",
        /// The contact is served, the agent wraps up.
        Wrapping = "wrapping",
    }
}

word! {
    /// Where waiting work goes that no queue can have; it leaves the engine by it.
    OverflowExit {
        /// The contact is called back.
        Callback = "callback",
        /// The contact speaks to a machine.
        Voicemail = "voicemail",
        /// The contact leaves a message, or reads one.
        Message = "message",
    }
}

word! {
    /// Why a command was refused; a refused command changes nothing.
    Refusal {
        /// No such queue.
        UnknownQueue = "unknown_queue",
        /// No such agent.
        UnknownAgent = "unknown_agent",
        /// Never queued, or over.
        UnknownInteraction = "unknown_interaction",
        /// This id is live already.
        InteractionExists = "interaction_exists",
        /// The queue (or the engine) holds as much as it may.
        QueueFull = "queue_full",
        /// The tenant has blocked the contact, and the queue names no queue for the blocked.
        ContactBlocked = "contact_blocked",
        /// A transfer of a live contact to a closed queue without overflow.
        QueueClosed = "queue_closed",
        /// A transfer to a queue nobody staffs, without overflow.
        QueueUnstaffed = "queue_unstaffed",
        /// Live work names the queue.
        QueueNotEmpty = "queue_not_empty",
        /// A level outside 1–10, a skill twice, or a condition nobody can meet.
        BadRequirement = "bad_requirement",
        /// Open intervals must be sorted, disjoint and not empty.
        BadInterval = "bad_interval",
        /// A time, priority, capacity or unit count outside its limits.
        BadValue = "bad_value",
        /// Following the overflow queues would come back to this one.
        OverflowCycle = "overflow_cycle",
        /// The offer of this epoch is gone or rings elsewhere.
        NotOffered = "not_offered",
        /// Another agent has it in hand.
        NotOwner = "not_owner",
        /// It is in nobody's hands.
        NotActive = "not_active",
        /// It is not in wrap-up.
        NotWrapping = "not_wrapping",
        /// It is not parked.
        NotParked = "not_parked",
        /// Somebody has it, or it is transferred to one agent.
        NotWaiting = "not_waiting",
        /// Wrapping, an agent transfer under way, or in one's own hands already.
        NotTakeable = "not_takeable",
        /// An agent transfer of it is ringing.
        TransferPending = "transfer_pending",
        /// The agent has no console open.
        AgentOffline = "agent_offline",
        /// An agent transfer to one who cannot take it now.
        AgentNotAvailable = "agent_not_available",
        /// Signing out needs it handed over, parked or forced.
        WorkInHand = "work_in_hand",
        /// Another owner opened the shard.
        StaleEpoch = "stale_epoch",
        /// A consult or a seat in a conference is not the contact's own work.
        NotContacts = "not_contacts",
        /// Not a consult, or nobody has accepted it yet.
        NotConsult = "not_consult",
        /// Others are in it, or this agent is already.
        InConference = "in_conference",
        /// Nobody of that name is in it.
        NotInConference = "not_in_conference",
        /// As many are in it as may be.
        ConferenceFull = "conference_full",
        /// It is not with a flow.
        NotInFlow = "not_in_flow",
        /// Only a call can be held.
        NotCall = "not_call",
        /// Nobody is connecting it.
        NotConnecting = "not_connecting",
    }
}

/// Which field a command was refused for: its path, what was found there and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From the command down: `condition.of[1].level`.
    pub path: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

impl Fault {
    /// Names a field.
    pub fn new(path: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { path: path.into(), found: found.into(), allowed: allowed.into() }
    }
}

impl crate::wire::Wire for Fault {
    fn put(&self, writer: &mut crate::wire::Writer) {
        writer.array(3);
        self.path.put(writer);
        self.found.put(writer);
        self.allowed.put(writer);
    }

    fn get(reader: &mut crate::wire::Reader<'_>) -> Result<Self, crate::wire::WireError> {
        use crate::wire::Wire;
        reader.array_of(3)?;
        Ok(Self { path: Wire::get(reader)?, found: Wire::get(reader)?, allowed: Wire::get(reader)? })
    }
}

/// A refusal, with the field it is about where it is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The rule.
    pub refusal: Refusal,
    /// The field.
    pub fault: Option<Fault>,
}

impl Refusal {
    /// Names the field it is about.
    pub(crate) fn because(self, fault: Fault) -> Refused {
        Refused { refusal: self, fault: Some(fault) }
    }

    /// Names the field it is about, and what was found and is allowed there.
    pub(crate) fn at(self, path: &str, found: &impl ToString, allowed: impl Into<String>) -> Refused {
        self.because(Fault::new(path, found.to_string(), allowed))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, fault: None }
    }
}

pub(crate) use word;
