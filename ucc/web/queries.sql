-- name: claim_key!
-- The first request with an Idempotency-Key claims it; a repeat, or one after a crash, may take over a stale claim.
INSERT INTO idempotency (tenant_id, key, request_hash, at_ms) VALUES (:tenant_id, :key, :request_hash, :now_ms)
ON CONFLICT (tenant_id, key) DO UPDATE SET request_hash = excluded.request_hash, at_ms = excluded.at_ms,
  status = NULL, answer = NULL, content_type = NULL
WHERE idempotency.at_ms < :forgotten_ms OR (idempotency.status IS NULL AND idempotency.at_ms < :stale_ms
  AND idempotency.request_hash = excluded.request_hash);

-- name: read_claim^
-- What is known of a key.
SELECT request_hash, status, content_type, answer FROM idempotency WHERE tenant_id = :tenant_id AND key = :key;

-- name: store_answer!
-- Keep the first answer for repeats.
UPDATE idempotency SET status = :status, content_type = :content_type, answer = :answer
WHERE tenant_id = :tenant_id AND key = :key;

-- name: drop_claim!
-- The request was not carried out and may be tried again.
DELETE FROM idempotency WHERE tenant_id = :tenant_id AND key = :key AND status IS NULL;

-- name: forget_answers!
-- Answers older than a day.
DELETE FROM idempotency WHERE tenant_id = :tenant_id AND at_ms < :before_ms;
