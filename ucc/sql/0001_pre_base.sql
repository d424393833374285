-- The base of the house: roles, tenants, people, contacts, conversations, routing, streams.
-- Ids come from the application (ucc.kit.ids) unless said otherwise; times are milliseconds since the epoch.
-- Runs as the owner. The application acts as ucc_app (its tenant only) or ucc_node (claims work of all tenants).

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ucc_app') THEN CREATE ROLE ucc_app NOLOGIN NOSUPERUSER NOBYPASSRLS; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ucc_node') THEN CREATE ROLE ucc_node NOLOGIN NOSUPERUSER NOBYPASSRLS; END IF;
EXCEPTION WHEN unique_violation OR duplicate_object THEN NULL; END $$;
GRANT ucc_app, ucc_node TO CURRENT_USER;

CREATE SEQUENCE id_block AS bigint;

-- The tenant of this transaction, or NULL, which matches no row.
CREATE FUNCTION current_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('ucc.tenant', true), '')::bigint;

-- tenants ---------------------------------------------------------------------------------------

CREATE TABLE tenant (
  tenant_id bigint PRIMARY KEY,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  time_zone text NOT NULL DEFAULT 'UTC',
  locale text NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'zh-CN', 'zh-TW')),
  settings jsonb NOT NULL DEFAULT '{}',
  secret bytea NOT NULL,            -- signs this tenant's short-lived URLs
  created_at_ms bigint NOT NULL
);

CREATE TABLE app_user (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  email text NOT NULL CHECK (email = lower(email) AND length(email) <= 254),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  password_hash text,               -- argon2id, NULL: cannot sign in by password
  role text NOT NULL CHECK (role IN ('agent', 'supervisor', 'admin')),
  locale text NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'zh-CN', 'zh-TW')),
  theme text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
  preferences jsonb NOT NULL DEFAULT '{}',
  capacity jsonb NOT NULL DEFAULT '{"chat": 4, "voice": 1, "email": 4, "task": 4}',
  team text,
  is_active boolean NOT NULL DEFAULT true,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
-- One address signs in to one tenant; sign-in looks it up before a tenant is known.
CREATE UNIQUE INDEX app_user_email ON app_user (email);

CREATE TABLE user_session (
  tenant_id bigint NOT NULL,
  token_hash bytea NOT NULL UNIQUE,
  user_id bigint NOT NULL,
  csrf_hash bytea NOT NULL,
  created_at_ms bigint NOT NULL,
  seen_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  address text,
  user_agent text,
  PRIMARY KEY (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES app_user ON DELETE CASCADE
);

CREATE TABLE socket_ticket (
  tenant_id bigint NOT NULL,
  ticket_hash bytea NOT NULL UNIQUE,
  user_id bigint NOT NULL,
  session_hash bytea,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, ticket_hash),
  FOREIGN KEY (tenant_id, user_id) REFERENCES app_user ON DELETE CASCADE
);

CREATE TABLE api_key (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL,
  secret_hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  created_by bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint,
  seen_at_ms bigint,
  revoked_at_ms bigint,
  PRIMARY KEY (tenant_id, id)
);

-- Failures of sign-in by account and by address; no tenant is known yet, the application reads it by key only.
CREATE TABLE login_failure (
  key text PRIMARY KEY,             -- 'account:<email>' or 'address:<ip>'
  failures int NOT NULL,
  first_at_ms bigint NOT NULL,
  last_at_ms bigint NOT NULL
);

CREATE TABLE audit (
  tenant_id bigint NOT NULL REFERENCES tenant,
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  user_id bigint,
  act text NOT NULL,
  target text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);

-- Answers kept for repeated writes with the same Idempotency-Key, a day.
CREATE TABLE idempotency (
  tenant_id bigint NOT NULL REFERENCES tenant,
  key text NOT NULL,                -- '<principal>:<method>:<path>:<header>'
  request_hash bytea NOT NULL,
  status int,                       -- NULL while the first one runs
  content_type text,
  answer bytea,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, key)
);

-- agents, skills, queues -------------------------------------------------------------------------

CREATE TABLE skill (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  category text NOT NULL DEFAULT '',
  locale text,                      -- set for a language skill: the language it speaks
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE agent_skill (
  tenant_id bigint NOT NULL,
  agent_id bigint NOT NULL,
  skill_id bigint NOT NULL,
  level int NOT NULL CHECK (level BETWEEN 1 AND 10),
  PRIMARY KEY (tenant_id, agent_id, skill_id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES app_user ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, skill_id) REFERENCES skill ON DELETE CASCADE
);

CREATE TABLE hours (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  time_zone text NOT NULL,
  week jsonb NOT NULL,              -- {"mon": [["09:00", "18:00"]], …}
  holidays jsonb NOT NULL DEFAULT '[]', -- [{"date": "2026-12-25", "name": "…", "open": []}]
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE sla_policy (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  answer_s int NOT NULL CHECK (answer_s BETWEEN 1 AND 86400),
  answer_percent int NOT NULL DEFAULT 80 CHECK (answer_percent BETWEEN 1 AND 100),
  next_response_s int NOT NULL CHECK (next_response_s BETWEEN 1 AND 604800),
  resolution_s int CHECK (resolution_s BETWEEN 1 AND 2592000),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE queue (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  requirement jsonb NOT NULL DEFAULT '[]', -- [[skill_id, level], …]
  hours_id bigint,
  sla_policy_id bigint,
  offer_s int NOT NULL DEFAULT 15 CHECK (offer_s BETWEEN 5 AND 120),
  wrap_up_s int NOT NULL DEFAULT 60 CHECK (wrap_up_s BETWEEN 0 AND 1800),
  preferred_s int NOT NULL DEFAULT 60 CHECK (preferred_s BETWEEN 0 AND 600),
  overflow_after_s int CHECK (overflow_after_s BETWEEN 5 AND 86400),
  overflow_queue_id bigint,
  waiting_max int NOT NULL DEFAULT 1000 CHECK (waiting_max BETWEEN 1 AND 100000),
  tells_position boolean NOT NULL DEFAULT true,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name),
  FOREIGN KEY (tenant_id, hours_id) REFERENCES hours,
  FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policy,
  FOREIGN KEY (tenant_id, overflow_queue_id) REFERENCES queue
);

CREATE TABLE inbox (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  channel text NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  key text NOT NULL UNIQUE,         -- public name of the entry point, in the snippet
  queue_id bigint NOT NULL,
  hours_id bigint,
  settings jsonb NOT NULL DEFAULT '{}',
  secrets jsonb NOT NULL DEFAULT '{}', -- identity_secret …
  first_hit_at_ms bigint,           -- when a page with the snippet was first seen
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, queue_id) REFERENCES queue,
  FOREIGN KEY (tenant_id, hours_id) REFERENCES hours
);

-- contacts ----------------------------------------------------------------------------------------

CREATE TABLE contact (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL DEFAULT '',
  email text,
  phone text,
  locale text,
  is_vip boolean NOT NULL DEFAULT false,
  owner_id bigint,
  attributes jsonb NOT NULL DEFAULT '{}',
  note text NOT NULL DEFAULT '',
  terms text[] NOT NULL DEFAULT '{}', -- ucc.kit.text.search_terms
  merged_into bigint,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES app_user,
  FOREIGN KEY (tenant_id, merged_into) REFERENCES contact
);
CREATE INDEX contact_terms ON contact USING gin (array_to_tsvector(terms));
CREATE INDEX contact_recent ON contact (tenant_id, updated_at_ms DESC, id DESC);

CREATE TABLE identity (
  tenant_id bigint NOT NULL,
  channel text NOT NULL,
  scope text NOT NULL,
  external_id text NOT NULL,
  contact_id bigint NOT NULL,
  is_verified boolean NOT NULL DEFAULT false,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, channel, scope, external_id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contact
);
CREATE INDEX identity_contact ON identity (tenant_id, contact_id);

CREATE TABLE tag (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  hue int NOT NULL DEFAULT 1 CHECK (hue BETWEEN 1 AND 6),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

CREATE TABLE contact_tag (
  tenant_id bigint NOT NULL,
  contact_id bigint NOT NULL,
  tag_id bigint NOT NULL,
  PRIMARY KEY (tenant_id, contact_id, tag_id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contact ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tag ON DELETE CASCADE
);

CREATE TABLE contact_merge (
  tenant_id bigint NOT NULL,
  id bigint NOT NULL,
  kept_id bigint NOT NULL,
  merged_id bigint NOT NULL,
  before jsonb NOT NULL,            -- what undo restores
  by_user_id bigint NOT NULL,
  at_ms bigint NOT NULL,
  undone_at_ms bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, kept_id) REFERENCES contact,
  FOREIGN KEY (tenant_id, merged_id) REFERENCES contact
);

-- conversations -----------------------------------------------------------------------------------

CREATE TABLE conversation (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  inbox_id bigint NOT NULL,
  channel text NOT NULL,
  contact_id bigint NOT NULL,
  thread_key text NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'pending', 'snoozed', 'resolved', 'spam')),
  snoozed_until_ms bigint,
  head_seq int NOT NULL DEFAULT 0,  -- seq of the last entry
  -- What the projector of routing facts keeps here, in the owner's transaction:
  interaction_id bigint,
  interaction_state text,
  queue_id bigint,
  agent_id bigint,                  -- the owner of the interaction
  -- What the writer of entries keeps here:
  contact_seq int NOT NULL DEFAULT 0,     -- last entry of the contact
  agent_seq int NOT NULL DEFAULT 0,       -- last message of an agent
  contact_read_seq int NOT NULL DEFAULT 0,
  contact_delivered_seq int NOT NULL DEFAULT 0,
  agent_read_seq int NOT NULL DEFAULT 0,
  waiting_since_ms bigint,          -- the contact's first unanswered message
  due_at_ms bigint,                 -- next response by the SLA policy
  last_at_ms bigint NOT NULL,
  last_text text NOT NULL DEFAULT '',
  last_author text NOT NULL DEFAULT 'contact',
  subject text NOT NULL DEFAULT '',
  locale text,
  context jsonb NOT NULL DEFAULT '{}', -- page, referrer, pre-chat answers, device, time zone
  disposition_id bigint,
  created_at_ms bigint NOT NULL,
  resolved_at_ms bigint,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inbox,
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contact,
  FOREIGN KEY (tenant_id, queue_id) REFERENCES queue,
  FOREIGN KEY (tenant_id, agent_id) REFERENCES app_user
) WITH (fillfactor = 70);
-- At most one conversation of a thread is not over.
CREATE UNIQUE INDEX conversation_thread ON conversation (tenant_id, inbox_id, thread_key)
  WHERE state NOT IN ('resolved', 'spam');
CREATE INDEX conversation_agent ON conversation (tenant_id, agent_id, interaction_state) WHERE agent_id IS NOT NULL;
CREATE INDEX conversation_recent ON conversation (tenant_id, id DESC);
CREATE INDEX conversation_contact ON conversation (tenant_id, contact_id, id DESC);
CREATE INDEX conversation_waiting ON conversation (tenant_id, interaction_state, queue_id)
  WHERE interaction_state IN ('queued', 'offered');

CREATE TABLE entry (
  tenant_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  seq int NOT NULL,
  id bigint NOT NULL,
  inbox_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('message', 'note', 'system')),
  author text NOT NULL CHECK (author IN ('contact', 'agent', 'system', 'bot')),
  user_id bigint,                   -- the agent who wrote it
  external_id text,                 -- client's or provider's id; the only dedupe
  interaction_id bigint,
  text text NOT NULL DEFAULT '',
  body jsonb,                       -- system event, attachments, mentions, quick replies
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, seq),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation
);
CREATE UNIQUE INDEX entry_external ON entry (tenant_id, inbox_id, external_id) WHERE external_id IS NOT NULL;

-- Full text, written beside the entry in the same transaction, apart so that the hot table stays narrow.
CREATE TABLE entry_terms (
  tenant_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  seq int NOT NULL,
  at_ms bigint NOT NULL,
  terms text[] NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, seq)
);
CREATE INDEX entry_terms_gin ON entry_terms USING gin (array_to_tsvector(terms));

CREATE TABLE attachment (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  conversation_id bigint,
  key text NOT NULL UNIQUE,         -- random name in the store
  name text NOT NULL,
  media_type text NOT NULL,         -- sniffed, never the declared one
  size_bytes bigint NOT NULL,
  width int,
  height int,
  by_user_id bigint,
  by_visitor bigint,
  entry_seq int,
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE conversation_tag (
  tenant_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  tag_id bigint NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, tag_id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, tag_id) REFERENCES tag ON DELETE CASCADE
);

CREATE TABLE mention (
  tenant_id bigint NOT NULL,
  user_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  seq int NOT NULL,
  at_ms bigint NOT NULL,
  seen_at_ms bigint,
  PRIMARY KEY (tenant_id, user_id, conversation_id, seq),
  FOREIGN KEY (tenant_id, user_id) REFERENCES app_user ON DELETE CASCADE
);

CREATE TABLE draft (
  tenant_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  user_id bigint NOT NULL,
  kind text NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'note', 'wrap_up')),
  text text NOT NULL,
  updated_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, user_id, kind),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES app_user ON DELETE CASCADE
);

CREATE TABLE template (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  shortcut text NOT NULL DEFAULT '',
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 10000), -- liquid: {{ contact.first_name }}
  locale text,
  user_id bigint,                   -- NULL: everybody's
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE disposition (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  position int NOT NULL DEFAULT 0,
  is_active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);

-- A visitor's token: opens the conversation it is bound to and nothing else.
CREATE TABLE visitor (
  tenant_id bigint NOT NULL REFERENCES tenant,
  id bigint NOT NULL,
  token_hash bytea NOT NULL UNIQUE,
  inbox_id bigint NOT NULL,
  contact_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  origin text NOT NULL,
  created_at_ms bigint NOT NULL,
  seen_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, inbox_id) REFERENCES inbox,
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contact,
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation
);

-- Messages to the outside, at most one blind attempt; claimed with SKIP LOCKED.
CREATE TABLE outbox (
  tenant_id bigint NOT NULL,
  id uuid NOT NULL,
  inbox_id bigint NOT NULL,
  conversation_id bigint NOT NULL,
  seq int NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
  attempts int NOT NULL DEFAULT 0,
  due_at_ms bigint NOT NULL,
  claimed_by bigint,
  error text,
  PRIMARY KEY (tenant_id, id)
);

-- routing -----------------------------------------------------------------------------------------

CREATE TABLE node (
  id bigint PRIMARY KEY,
  epoch bigint NOT NULL,
  name text NOT NULL,
  expires_at timestamptz NOT NULL   -- only PostgreSQL's clock decides
);

CREATE TABLE shard (
  shard int PRIMARY KEY CHECK (shard BETWEEN 0 AND 63),
  node_id bigint,
  epoch bigint NOT NULL DEFAULT 0,
  next_seq bigint NOT NULL DEFAULT 1 -- a hint; the journal's key is the fence
);
INSERT INTO shard (shard) SELECT generate_series(0, 63);

-- Commands that follow from stored facts, written in the fact's transaction, deleted with the journal row.
CREATE TABLE routing_command (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id bigint NOT NULL REFERENCES tenant,
  shard int NOT NULL,
  command_id uuid,                  -- set when somebody waits for the answer
  command bytea NOT NULL,           -- one MessagePack Command of ucc.domain.engine
  at_ms bigint NOT NULL
);
CREATE INDEX routing_command_shard ON routing_command (shard, id);

CREATE TABLE routing_answer (
  tenant_id bigint NOT NULL REFERENCES tenant,
  command_id uuid NOT NULL,
  refusal text,
  at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, command_id)
);

CREATE TABLE journal (
  shard int NOT NULL,
  first_seq bigint NOT NULL,        -- the fence: two owners cannot write the same
  tenant_id bigint,                 -- NULL only for shard_opened
  node_id bigint NOT NULL,
  rules_version int NOT NULL,
  at_ms bigint NOT NULL,            -- now_ms the engine was given
  count int NOT NULL,               -- commands in this batch; the next row starts at first_seq + count
  commands bytea NOT NULL,
  facts bytea NOT NULL,             -- MessagePack list[Outcome]
  PRIMARY KEY (shard, first_seq)
);
CREATE INDEX journal_tenant ON journal (tenant_id, first_seq);

CREATE TABLE snapshot (
  tenant_id bigint NOT NULL REFERENCES tenant,
  shard int NOT NULL,
  upto_seq bigint NOT NULL,         -- the state after this seq
  rules_version int NOT NULL,
  at_ms bigint NOT NULL,
  state bytea NOT NULL,
  state_hash text NOT NULL,
  PRIMARY KEY (tenant_id, upto_seq)
);

-- Projections of the engine's facts, written in the append's transaction.
CREATE TABLE interaction (
  tenant_id bigint NOT NULL,
  id bigint NOT NULL,
  conversation_id bigint,
  contact_id bigint,
  parent_id bigint,
  medium text NOT NULL,
  queue_id bigint,
  state text NOT NULL,
  agent_id bigint,
  priority int NOT NULL DEFAULT 0,
  reason text NOT NULL DEFAULT '',  -- pre-chat answer or first words, shown in the offer
  created_at_ms bigint NOT NULL,
  queued_at_ms bigint,
  answered_at_ms bigint,
  ended_at_ms bigint,
  closed_at_ms bigint,
  wrap_up_until_ms bigint,
  sla_breached_at_ms bigint,
  is_reopened boolean NOT NULL DEFAULT false,
  disposition_id bigint,
  disposition_note text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation
) WITH (fillfactor = 70);
CREATE INDEX interaction_conversation ON interaction (tenant_id, conversation_id, id DESC);
CREATE INDEX interaction_open ON interaction (tenant_id, agent_id)
  WHERE state NOT IN ('closed', 'abandoned', 'cancelled', 'failed');

CREATE TABLE offer (
  tenant_id bigint NOT NULL,
  interaction_id bigint NOT NULL,
  epoch bigint NOT NULL,
  agent_id bigint NOT NULL,
  queue_id bigint,
  state text NOT NULL CHECK (state IN ('ringing', 'accepted', 'declined', 'timed_out', 'revoked')),
  offered_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  ended_at_ms bigint,
  reason text,
  why jsonb NOT NULL,
  journal_seq bigint NOT NULL,
  PRIMARY KEY (tenant_id, interaction_id, epoch),
  FOREIGN KEY (tenant_id, interaction_id) REFERENCES interaction
);
-- I2: at most one live offer and at most one owner.
CREATE UNIQUE INDEX offer_live ON offer (tenant_id, interaction_id) WHERE state = 'ringing';
CREATE INDEX offer_agent ON offer (tenant_id, agent_id) WHERE state = 'ringing';

-- Intervals of handling for reports: an append-only log by interaction.
CREATE TABLE segment (
  tenant_id bigint NOT NULL,
  interaction_id bigint NOT NULL,
  started_at_ms bigint NOT NULL,
  agent_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('talk', 'hold', 'parked', 'wrap_up')),
  ended_at_ms bigint,
  PRIMARY KEY (tenant_id, interaction_id, started_at_ms, kind),
  FOREIGN KEY (tenant_id, interaction_id) REFERENCES interaction
);

CREATE TABLE presence (
  tenant_id bigint NOT NULL,
  agent_id bigint NOT NULL,
  session text NOT NULL,
  status text NOT NULL,
  reason text,
  next_status text,
  next_reason text,
  is_blocked boolean NOT NULL DEFAULT false,
  since_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, agent_id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES app_user ON DELETE CASCADE
);

-- The agent:<id> streams; conversation:<id> streams are the entries themselves.
CREATE TABLE agent_event (
  tenant_id bigint NOT NULL,
  agent_id bigint NOT NULL,
  seq bigint NOT NULL,
  at_ms bigint NOT NULL,
  event bytea NOT NULL,             -- one JSON event of ucc.domain.events
  PRIMARY KEY (tenant_id, agent_id, seq)
);

CREATE TABLE agent_stream (
  tenant_id bigint NOT NULL,
  agent_id bigint NOT NULL,
  head_seq bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, agent_id)
);

-- isolation ---------------------------------------------------------------------------------------

-- Tables of tenants: ucc_app sees its tenant only; ucc_node sees one tenant at a time too, save the tables below.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY[
    'tenant', 'app_user', 'user_session', 'socket_ticket', 'api_key', 'audit', 'idempotency', 'skill', 'agent_skill',
    'hours', 'sla_policy', 'queue', 'inbox', 'contact', 'identity', 'tag', 'contact_tag', 'contact_merge',
    'conversation', 'entry', 'entry_terms', 'attachment', 'conversation_tag', 'mention', 'draft', 'template',
    'disposition', 'visitor', 'outbox', 'routing_command', 'routing_answer', 'journal', 'snapshot', 'interaction',
    'offer', 'segment', 'presence', 'agent_event', 'agent_stream'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I TO ucc_app, ucc_node '
                   'USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ucc_app, ucc_node', t);
  END LOOP;
  -- What a node does for all tenants: claim work, read the journal, find whom a token or address belongs to.
  FOREACH t IN ARRAY ARRAY['outbox', 'routing_command', 'journal', 'snapshot'] LOOP
    EXECUTE format('CREATE POLICY every_tenant ON %I TO ucc_node USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['tenant', 'app_user', 'user_session', 'socket_ticket', 'api_key', 'inbox', 'visitor',
                           'attachment', 'interaction', 'routing_answer', 'agent_event', 'idempotency'] LOOP
    EXECUTE format('CREATE POLICY every_tenant_read ON %I FOR SELECT TO ucc_node USING (true)', t);
  END LOOP;
END $$;
REVOKE UPDATE, DELETE ON audit FROM ucc_app, ucc_node;
REVOKE INSERT, UPDATE, DELETE ON journal, snapshot FROM ucc_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON login_failure, node TO ucc_node;
GRANT SELECT, UPDATE ON shard TO ucc_node;
GRANT SELECT ON shard, node TO ucc_app;
GRANT USAGE ON SEQUENCE id_block TO ucc_app, ucc_node;
