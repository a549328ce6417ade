-- The jobs that look: they learn where the tenants and yachts are, and nothing of users, members or signers.
revoke all on all tables in schema part_lens from part_lens_auditor;
revoke all on all functions in schema part_lens from part_lens_auditor;
grant usage on schema part_lens to part_lens_auditor;
grant execute on function part_lens.tenants(), part_lens.fleet_yachts() to part_lens_auditor;
-- Whether the SQL of the build is applied, and what the catalogue said then.
grant select on part_lens.migrations to part_lens_auditor;
