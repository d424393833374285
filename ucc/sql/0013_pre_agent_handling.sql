-- How an agent's media go together, as ucc.domain.people.Handling; {} is the default of every field.
ALTER TABLE app_user ADD COLUMN handling jsonb NOT NULL DEFAULT '{}';
