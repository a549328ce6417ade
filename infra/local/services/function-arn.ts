/** Names of functions in all the forms that AWS's properties take. */
import { planAccount } from "../../preview/invokes.ts";

export interface FunctionName {
  readonly name: string;
  /** A version number or an alias. */
  readonly qualifier?: string;
}

/** From a plain name, `name:qualifier`, an ARN, or the invoke ARN that the HTTP API takes. */
export function functionOf(text: string): FunctionName {
  const rest = /:function:([^/]+)/.exec(text)?.[1] ?? text;
  const [name = rest, qualifier] = rest.split(":");
  return qualifier === undefined ? { name } : { name, qualifier };
}

export function functionArn(region: string, name: string, qualifier?: string): string {
  const arn = `arn:aws:lambda:${region}:${planAccount}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** What an integration of the HTTP API points at. */
export function invokeArn(region: string, name: string, qualifier?: string): string {
  const arn = functionArn(region, name, qualifier);
  return `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
}
