-- PostgreSQL lets everybody execute a new function: nobody gets anything here that is not granted by name.
revoke all on schema part_lens from public;
revoke all on all tables in schema part_lens from public;
revoke all on all functions in schema part_lens from public;
