-- name: list_skills
-- A page of the tenant's skills by name.
SELECT id, name, category, locale FROM skill
WHERE tenant_id = :tenant_id AND (name, id) > (:after_name, :after_id) ORDER BY name, id LIMIT :count;

-- name: read_skill^
-- One skill.
SELECT id, name, category, locale FROM skill WHERE tenant_id = :tenant_id AND id = :id;

-- name: add_skill!
-- A new skill.
INSERT INTO skill (tenant_id, id, name, category, locale) VALUES (:tenant_id, :id, :name, :category, :locale);

-- name: change_skill!
-- Write a skill back whole.
UPDATE skill SET name = :name, category = :category, locale = :locale WHERE tenant_id = :tenant_id AND id = :id;

-- name: remove_skill!
-- A skill goes, with every agent's level of it.
DELETE FROM skill WHERE tenant_id = :tenant_id AND id = :id;

-- name: queues_requiring
-- Queues that ask for a skill; while there are any it cannot go.
SELECT q.name FROM queue q
WHERE q.tenant_id = :tenant_id AND (
  EXISTS (SELECT FROM jsonb_array_elements(q.requirement) one WHERE (one ->> 0)::bigint = :skill_id)
  OR jsonb_path_exists(q.distribution, 'strict $.**.skill_id ? (@ == $skill)',
                       jsonb_build_object('skill', :skill_id::bigint), true))
ORDER BY q.name LIMIT 5;

-- name: agents_with_skill
-- Who has a skill.
SELECT agent_id FROM agent_skill WHERE tenant_id = :tenant_id AND skill_id = :skill_id ORDER BY agent_id;

-- name: lock_agents
-- The active or former agents named, kept from other writers, in one order.
SELECT id FROM app_user WHERE tenant_id = :tenant_id AND id = ANY(:agent_ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: known_skills
-- Which of these skills exist.
SELECT id FROM skill WHERE tenant_id = :tenant_id AND id = ANY(:skill_ids::bigint[]);

-- name: set_levels!
-- Levels of many cells at once.
INSERT INTO agent_skill (tenant_id, agent_id, skill_id, level)
SELECT :tenant_id, cell.agent_id, cell.skill_id, cell.level
FROM unnest(:agent_ids::bigint[], :skill_ids::bigint[], :levels::int[]) AS cell (agent_id, skill_id, level)
ON CONFLICT (tenant_id, agent_id, skill_id) DO UPDATE SET level = excluded.level;

-- name: remove_levels!
-- Cells set to nothing.
DELETE FROM agent_skill s USING unnest(:agent_ids::bigint[], :skill_ids::bigint[]) AS cell (agent_id, skill_id)
WHERE s.tenant_id = :tenant_id AND s.agent_id = cell.agent_id AND s.skill_id = cell.skill_id;

-- name: list_profiles
-- What routing knows of agents: all active ones, or the one given.
SELECT u.id, u.name, u.capacity, u.team, u.handling,
       coalesce((SELECT jsonb_agg(jsonb_build_array(s.skill_id, s.level) ORDER BY s.skill_id) FROM agent_skill s
                 WHERE s.tenant_id = u.tenant_id AND s.agent_id = u.id), '[]') AS skills
FROM app_user u
WHERE u.tenant_id = :tenant_id AND u.is_active AND (:agent_id::bigint IS NULL OR u.id = :agent_id) ORDER BY u.id;

-- name: find_overskilled^
-- One of these agents who has more skills than routing takes.
SELECT agent_id, count(*)::int AS skills FROM agent_skill
WHERE tenant_id = :tenant_id AND agent_id = ANY(:agent_ids::bigint[])
GROUP BY agent_id HAVING count(*) > :skills_max::int
ORDER BY agent_id LIMIT 1;
