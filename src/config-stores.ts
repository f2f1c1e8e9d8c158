import * as z from 'zod';
import { count, env, secret, webAddress } from './config-kinds.ts';

const path = () => z.string().regex(/^[A-Za-z0-9._/-]{1,128}$/, 'must be a path of letters, digits, . _ - and /');

const vault = z.strictObject({
  address: webAddress().optional().meta(env('VAULT_ADDR')).describe('Where Vault or OpenBao is, for `vault://`.'),
  namespace: path().optional().meta(env('VAULT_NAMESPACE')).describe('Namespace, of Vault Enterprise and HCP.'),
  auth: z
    .enum(['token', 'approle', 'kubernetes'])
    .default('token')
    .meta(env('VAULT_AUTH'))
    .describe('How to sign in; each has its settings below.'),
  mount: path().optional().meta(env('VAULT_AUTH_MOUNT')).describe('Where that is mounted; absent: under its own name.'),
  token: secret('VAULT_TOKEN', '`token`: renewed while Vault does, and read again when Vault refuses it.').optional(),
  roleId: z.string().min(1).max(200).optional().meta(env('VAULT_ROLE_ID')).describe('`approle`: which role.'),
  secretId: secret('VAULT_SECRET_ID', '`approle`: what proves it.').optional(),
  role: z.string().min(1).max(200).optional().meta(env('VAULT_ROLE')).describe('`kubernetes`: which role.'),
  jwtFile: z
    .string()
    .min(1)
    .default('/var/run/secrets/kubernetes.io/serviceaccount/token')
    .meta(env('VAULT_JWT_FILE'))
    .describe('`kubernetes`: file with the token of our service account.'),
});

const aws = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be a region such as eu-central-1')
    .optional()
    .meta(env('AWS_REGION'))
    .describe('Region for `awssm://`, where the reference names none.'),
  endpoint: webAddress()
    .optional()
    .meta(env('AWS_ENDPOINT_URL_SECRETS_MANAGER'))
    .describe('Another endpoint than that of the region, such as one in a VPC.'),
});

/** The stores that references name, and how often they are asked. */
export const secrets = z.strictObject({
  refreshSeconds: count(1, 86_400)
    .default(300)
    .meta(env('SECRETS_REFRESH_SECONDS'))
    .describe('What a reference names is read again so often, beside SIGHUP and what a file’s change or a 401 tells.'),
  overlapSeconds: count(0, 604_800)
    .default(3_600)
    .meta(env('SECRETS_OVERLAP_SECONDS'))
    .describe('How long a webhook secret or a log token that was replaced is still accepted.'),
  vault: vault.prefault({}).describe('HashiCorp Vault or OpenBao.'),
  aws: aws.prefault({}).describe('AWS Secrets Manager; who we are, its client finds as usual.'),
});
