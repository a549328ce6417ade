import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

export interface CertificateArgs {
  /** The name it is for. */
  readonly domain: string;
  /** The hosted zone of that name: the proof that it is ours is written there, and stays for the renewals. */
  readonly zoneId: string;
  /** Left out: the layer's own region. CloudFront takes certificates of us-east-1 alone. */
  readonly region?: "us-east-1";
}

/** A public certificate that Amazon renews, valid before anything uses it. */
export class Certificate extends pulumi.ComponentResource {
  /** Of the certificate once it is issued. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("edge", "Certificate"), name, {}, options);
    const { domain, zoneId } = args;
    const region = args.region && { region: args.region };
    const inputs = { domainName: domain, validationMethod: "DNS", ...region };
    const certificate = new aws.acm.Certificate(name, inputs, { parent: this });
    // One name, one proof.
    const asked = certificate.domainValidationOptions.apply(
      ([first]) => first as aws.types.output.acm.CertificateDomainValidationOption,
    );
    const proof = new aws.route53.Record(
      `${name}-proof`,
      {
        zoneId,
        name: asked.resourceRecordName,
        type: asked.resourceRecordType,
        records: [asked.resourceRecordValue],
        ttl: 300,
      },
      { parent: this },
    );
    const issued = { certificateArn: certificate.arn, validationRecordFqdns: [proof.fqdn], ...region };
    this.arn = new aws.acm.CertificateValidation(name, issued, { parent: this }).certificateArn;
    this.registerOutputs({ arn: this.arn });
  }
}
