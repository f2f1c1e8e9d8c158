import type { Answer } from './http.ts';
import { invalid, notFound, stamp } from './workos-answers.ts';
import { readPage } from './workos-page.ts';

interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

interface User {
  readonly id: string;
  readonly createdAt: number;
  /** Those that it has a membership in. */
  readonly organizations: Set<string>;
}

/** https://workos.com/docs/reference/organization */
const publishOrganization = ({ id, name, createdAt }: Organization) => ({
  ...({ object: 'organization', id, name, domains: [], metadata: {}, external_id: null } as const),
  ...{ created_at: stamp(createdAt), updated_at: stamp(createdAt) },
});

/** https://workos.com/docs/reference/authkit/user */
const publishUser = ({ id, createdAt }: User) => ({
  ...({ object: 'user', id, first_name: null, last_name: null, profile_picture_url: null } as const),
  ...{ email: `${id.toLowerCase()}@example.com`, email_verified: true, external_id: null, last_sign_in_at: null },
  ...{ created_at: stamp(createdAt), updated_at: stamp(createdAt) },
});

/** Who may own keys. */
export const createOwners = (now: () => number) => {
  const organizations = new Map<string, Organization>();
  const users = new Map<string, User>();
  return {
    addOrganization(id: string, name = `Organization ${id.slice(-4)}`): void {
      if (!organizations.has(id)) organizations.set(id, { id, name, createdAt: now() });
    },
    /** With a membership in the organization, if one is named. */
    addUser(id: string, organization?: string): void {
      const user = users.get(id) ?? { id, createdAt: now(), organizations: new Set() };
      if (organization !== undefined) user.organizations.add(organization);
      users.set(id, user);
    },
    removeOrganization(id: string): boolean {
      for (const user of users.values()) user.organizations.delete(id);
      return organizations.delete(id);
    },
    has: (type: 'organization' | 'user', id: string): boolean => (type === 'user' ? users : organizations).has(id),
    listOrganizations(query: URLSearchParams): Answer {
      const page = readPage([...organizations.values()], query, publishOrganization);
      return typeof page === 'string' ? invalid(page) : { status: 200, body: page };
    },
    listUsers(query: URLSearchParams): Answer {
      const organization = query.get('organization_id');
      if (organization && !organizations.has(organization)) return notFound('Organization', organization);
      const members = [...users.values()].filter((user) => !organization || user.organizations.has(organization));
      const page = readPage(members, query, publishUser);
      return typeof page === 'string' ? invalid(page) : { status: 200, body: page };
    },
  };
};

export type Owners = ReturnType<typeof createOwners>;
