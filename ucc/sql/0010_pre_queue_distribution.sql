-- How a queue orders its work and hands it out, as ucc.domain.people.Distribution; {} is the default of every field.
ALTER TABLE queue ADD COLUMN distribution jsonb NOT NULL DEFAULT '{}';
