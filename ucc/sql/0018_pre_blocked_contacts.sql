-- Contacts whom the tenant has blocked: their work reaches nobody, or a queue of its own (queue.blocked_queue_id).
ALTER TABLE contact ADD COLUMN is_blocked boolean NOT NULL DEFAULT false;
