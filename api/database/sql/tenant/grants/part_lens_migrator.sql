-- The migrator loads inventories; what it may see is in the policies.
grant usage on schema part_lens to part_lens_migrator;
grant select, insert, update on all tables in schema part_lens to part_lens_migrator;
grant execute on all functions in schema part_lens to part_lens_migrator;
