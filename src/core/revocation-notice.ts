import * as z from 'zod';

const text = (help: string) => z.string().describe(help);

/**
 * What programs are told of a key that is proved dead, so that they forget what they remember of it: on the webhook and on
 * `<prefix>.incidents` alike. Everything that names the key, and never the key.
 */
export const RevocationNotice = z.strictObject({
  type: z.literal('api_key.revoked').describe('Always this.'),
  timestamp: z.iso.datetime().describe('When the key was proved dead.'),
  data: z.strictObject({
    incident: text('Names what was done; the same in the log, the journal and `keyfuse incidents show`.'),
    outcome: z
      .enum(['revoked', 'already-gone'])
      .describe('`already-gone`: somebody else deleted it before us. It is as dead.'),
    issuer: text('Who made the key: `workos`.'),
    environment: text('The issuer’s environment: `default`, or a name of `workos.environments`.'),
    keyId: text('The issuer’s id of the key, as its validation answered it.'),
    owner: z
      .strictObject({ type: z.enum(['organization', 'user']), id: z.string(), organization: z.string().optional() })
      .optional()
      .describe('Whose key it was: type, id, and of a user the organization.'),
    detector: text('The kind of key.'),
    fingerprint: text('Keyed HMAC of the key: says nothing to who does not hold `topic.fingerprintKey`.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe(
        'SHA-256 of the key in hex, if `revocations.sha256` is on: what a gateway can make of the key it sees.',
      ),
  }),
});
export type RevocationNotice = z.infer<typeof RevocationNotice>;
