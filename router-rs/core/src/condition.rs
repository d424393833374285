//! Requirements beyond a list of skills: an AND/OR tree of skills, agents and teams (R47).

use std::collections::BTreeSet;

use crate::wire::{record, tagged};
use crate::words::{AgentId, CONDITION_NODES_MAX, Fault, SKILLS_MAX, SkillId, SkillLevel, TeamId};

tagged! {
    /// What an agent must be to serve, as a tree.
    #[derive(PartialOrd, Ord)]
    Condition {
        HasSkill = "has_skill",
        AllOf = "all_of",
        AnyOf = "any_of",
        NotSo = "not_so",
        OneOfAgents = "one_of_agents",
        OneOfTeams = "one_of_teams",
    }
}

record! {
    /// This skill, at this level or above.
    #[derive(PartialOrd, Ord)]
    HasSkill as "has_skill" {
        skill: SkillId,
        level: u8,
    }
}

record! {
    /// Every one of these.
    #[derive(PartialOrd, Ord)]
    AllOf as "all_of" {
        of: Vec<Condition>,
    }
}

record! {
    /// At least one of these.
    #[derive(PartialOrd, Ord)]
    AnyOf as "any_of" {
        of: Vec<Condition>,
    }
}

record! {
    /// Not this: an exclusion.
    #[derive(PartialOrd, Ord)]
    NotSo as "not_so" {
        of: Box<Condition>,
    }
}

record! {
    /// One of these agents.
    #[derive(PartialOrd, Ord)]
    OneOfAgents as "one_of_agents" {
        agents: Vec<AgentId>,
    }
}

record! {
    /// A member of one of these teams.
    #[derive(PartialOrd, Ord)]
    OneOfTeams as "one_of_teams" {
        teams: Vec<TeamId>,
    }
}

/// What a condition looks at: all of it sorted.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    /// Of the agent.
    pub agent: AgentId,
    /// Held, by skill.
    pub skills: &'a [SkillLevel],
    /// Of which the agent is a member.
    pub teams: &'a [TeamId],
}

impl Profile<'_> {
    /// Returns the level held, or 0.
    #[must_use]
    pub fn level(&self, skill: SkillId) -> u8 {
        self.skills.binary_search_by_key(&skill, |&(held, _)| held).map_or(0, |at| self.skills[at].1)
    }
}

impl Condition {
    /// Returns how well the agent meets the condition, or `None`: a skill counts its level, all the sum, any
    /// the best, everything else nothing.
    #[must_use]
    pub fn score(&self, profile: &Profile<'_>) -> Option<u32> {
        match self {
            Condition::HasSkill(has) => {
                let level = profile.level(has.skill);
                (level >= has.level).then_some(u32::from(level))
            }
            Condition::AllOf(all) => all.of.iter().try_fold(0, |sum, one| Some(sum + one.score(profile)?)),
            Condition::AnyOf(any) => any.of.iter().filter_map(|one| one.score(profile)).max(),
            Condition::NotSo(not) => not.of.score(profile).is_none().then_some(0),
            Condition::OneOfAgents(one) => one.agents.contains(&profile.agent).then_some(0),
            Condition::OneOfTeams(one) => {
                let is_in = |team| profile.teams.binary_search(team).is_ok();
                one.teams.iter().any(is_in).then_some(0)
            }
        }
    }

    /// Returns a skill that everybody who meets the condition holds, if there is one.
    pub(crate) fn anchor(&self) -> Option<SkillId> {
        match self {
            Condition::HasSkill(has) => Some(has.skill),
            Condition::AllOf(all) => all.of.iter().find_map(Condition::anchor),
            _ => None,
        }
    }

    fn nodes(&self) -> usize {
        match self {
            Condition::AllOf(AllOf { of }) | Condition::AnyOf(AnyOf { of }) => {
                1 + of.iter().map(Condition::nodes).sum::<usize>()
            }
            Condition::NotSo(not) => 1 + not.of.nodes(),
            _ => 1,
        }
    }

    fn check_parts(&self, path: &str) -> Result<(), Fault> {
        let listed = |found: usize, name: &str| match found {
            1..=SKILLS_MAX => Ok(()),
            _ => Err(Fault::new(format!("{path}.{name}"), format!("{found} entries"), {
                format!("1 to {SKILLS_MAX}")
            })),
        };
        match self {
            Condition::HasSkill(HasSkill { level: 1..=10, .. }) => Ok(()),
            Condition::HasSkill(has) => {
                Err(Fault::new(format!("{path}.level"), has.level.to_string(), "1 to 10"))
            }
            Condition::AllOf(AllOf { of }) | Condition::AnyOf(AnyOf { of }) => {
                listed(of.len(), "of")?;
                let mut parts = of.iter().enumerate();
                parts.try_for_each(|(at, one)| one.check_parts(&format!("{path}.of[{at}]")))
            }
            Condition::NotSo(not) => not.of.check_parts(&format!("{path}.of")),
            Condition::OneOfAgents(one) => listed(one.agents.len(), "agents"),
            Condition::OneOfTeams(one) => listed(one.teams.len(), "teams"),
        }
    }
}

/// Refuses a condition that is malformed, or that nobody could ever meet together with `levels` (R49).
///
/// # Errors
///
/// Returns the path of the field below `path`, what was found and what is allowed.
pub fn check(condition: &Condition, levels: &[SkillLevel], path: &str) -> Result<(), Fault> {
    let nodes = condition.nodes();
    if nodes > CONDITION_NODES_MAX {
        return Err(Fault::new(path, format!("{nodes} parts"), format!("at most {CONDITION_NODES_MAX}")));
    }
    condition.check_parts(path)?;
    let asked = levels.iter().map(|&(skill, level)| Literal::Skill(skill, level, true)).collect();
    match cases(condition, true) {
        // Too many cases to look at one by one: then it is not called impossible.
        None => Ok(()),
        Some(cases) if cases.iter().any(|case| is_possible(case, &asked)) => Ok(()),
        Some(_) => Err(Fault::new(path, "a condition that contradicts itself", "one that somebody can meet")),
    }
}

/// How many cases `check` looks at before it gives a condition the benefit of the doubt.
const CASES_MAX: usize = 512;

/// A plain statement about an agent, and whether it must hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Literal {
    Skill(SkillId, u8, bool),
    Agents(Vec<AgentId>, bool),
    Teams(Vec<TeamId>, bool),
}

type Case = BTreeSet<Literal>;

/// Returns the ways to meet the condition (or, with `holds` false, to fail it); `None` beyond the limit.
fn cases(condition: &Condition, holds: bool) -> Option<Vec<Case>> {
    let one = |literal| Some(vec![Case::from([literal])]);
    match (condition, holds) {
        (Condition::HasSkill(has), _) => one(Literal::Skill(has.skill, has.level, holds)),
        (Condition::OneOfAgents(of), _) => one(Literal::Agents(of.agents.clone(), holds)),
        (Condition::OneOfTeams(of), _) => one(Literal::Teams(of.teams.clone(), holds)),
        (Condition::NotSo(not), _) => cases(&not.of, !holds),
        (Condition::AllOf(AllOf { of }), true) | (Condition::AnyOf(AnyOf { of }), false) => {
            let mut product = vec![Case::new()];
            for part in of {
                let ways = cases(part, holds)?;
                if product.len() * ways.len() > CASES_MAX {
                    return None;
                }
                let joined = |left: &Case| ways.iter().map(|right| left | right).collect::<Vec<_>>();
                product = product.iter().flat_map(joined).collect();
            }
            Some(product)
        }
        (Condition::AnyOf(AnyOf { of }), true) | (Condition::AllOf(AllOf { of }), false) => {
            let mut sum = Vec::new();
            for part in of {
                sum.extend(cases(part, holds)?);
                if sum.len() > CASES_MAX {
                    return None;
                }
            }
            Some(sum)
        }
    }
}

/// Says whether somebody could be all of this at once: levels have room, and somebody is left.
fn is_possible(case: &Case, asked: &Case) -> bool {
    let all: Vec<&Literal> = case.union(asked).collect();
    let has_levels = all.iter().all(|literal| match literal {
        Literal::Skill(skill, least, true) => !all.iter().any(
            |other| matches!(other, Literal::Skill(same, below, false) if same == skill && below <= least),
        ),
        _ => true,
    });
    let excluded = |agent: &AgentId| {
        all.iter().any(|other| matches!(other, Literal::Agents(out, false) if out.contains(agent)))
            || all.iter().any(|other| matches!(other, Literal::Agents(one, true) if !one.contains(agent)))
    };
    let has_agents = all.iter().all(|literal| match literal {
        Literal::Agents(agents, true) => !agents.iter().all(excluded),
        _ => true,
    });
    let is_out = |team: &TeamId| {
        all.iter().any(|other| matches!(other, Literal::Teams(out, false) if out.contains(team)))
    };
    let has_teams = all.iter().all(|literal| match literal {
        Literal::Teams(teams, true) => !teams.iter().all(is_out),
        _ => true,
    });
    has_levels && has_agents && has_teams
}
