-- What continuous reconciliation needs: new rows found by time, in an index that costs an append next to nothing, and
-- an audit row for the operator's repair of a cache, which neither version of the API makes.
create index pms_inventory_transactions_recent on part_lens.pms_inventory_transactions
  using brin (created_at) with (pages_per_range = 32, autosummarize = on);
create index pms_idempotency_keys_recent on part_lens.pms_idempotency_keys
  using brin (created_at) with (pages_per_range = 32, autosummarize = on);

alter table part_lens.pms_audit_log
  drop constraint pms_audit_log_version_check,
  add constraint pms_audit_log_version_check check (version in ('v1', 'v2', 'import', 'repair'));
