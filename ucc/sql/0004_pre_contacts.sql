-- What contacts need beside the base: who shares an address or a number (a suggestion, never a merge).
CREATE INDEX contact_email ON contact (tenant_id, email) WHERE email IS NOT NULL AND merged_into IS NULL;
CREATE INDEX contact_phone ON contact (tenant_id, phone) WHERE phone IS NOT NULL AND merged_into IS NULL;
CREATE INDEX contact_merge_kept ON contact_merge (tenant_id, kept_id) WHERE undone_at_ms IS NULL;
