-- The API reads no table of MASTER: it asks these functions.
revoke all on all tables in schema part_lens from part_lens_api;
revoke all on all functions in schema part_lens from part_lens_api;

grant usage on schema part_lens to part_lens_api;
grant execute on function
  part_lens.route(uuid, uuid),
  part_lens.tenants(),
  part_lens.fleet_yachts(),
  part_lens.signer(uuid),
  part_lens.use_totp_step(uuid, bigint),
  part_lens.record_signature_attempt(uuid, boolean),
  part_lens.signer_state(uuid),
  part_lens.start_enrolment(uuid, text, text, boolean),
  part_lens.pending_enrolment(uuid),
  part_lens.confirm_enrolment(uuid, uuid, bigint)
  to part_lens_api;
