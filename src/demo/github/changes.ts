import { fullInstallationShape, type Installed, NOBODYS_APP } from './app-shapes.ts';
import { emailOf, type Json, nodeId, userShape } from './shapes.ts';
import { delivered, type Said } from './talk.ts';
import { tell, type World } from './world.ts';

/** What becomes of repositories as a whole, and of their wikis. */
export interface Changes {
  /** Makes a private repository public: sends `public`, then `repository` publicized. */
  setPublic(repository: string): Promise<Said>;
  /** Gives it another name under its owner; calls to the old name are led to the new one. */
  renameRepository(repository: string, name: string): Promise<Said>;
  /** Adds repositories (made with `installed: false`) to the App's installation on their owner. */
  installRepositories(names: readonly string[]): Promise<readonly Said[]>;
  /** Writes a page of the wiki, which is a git repository `<name>.wiki.git`; sends `gollum`. */
  editWiki(repository: string, edit: { page: string; text: string; login?: string }): Promise<Said & { sha: string }>;
}

const OWNER = 'octocat';
const WIKI = { branch: 'master', ref: 'refs/heads/master' };

/** The App's installation on the owner of these repositories. */
export const installedOn = ({ repositories, installationOf }: World, account: string): Installed => ({
  id: installationOf(account),
  account,
  ofOrganization: repositories.isOrganization(account),
  selection: repositories.all().every((one) => one.owner !== account || one.installed) ? 'all' : 'selected',
});

const createInstalling = (world: World): Changes['installRepositories'] => {
  const { repositories, place, app = NOBODYS_APP, hooks } = world;
  return async (names) => {
    const added = names.map(repositories.get);
    const owners = [...new Set(added.map(({ owner }) => owner))];
    const payloads = owners.map((account) => {
      const mine = added.filter(({ owner }) => owner === account);
      for (const one of mine) one.installed = true;
      const told = mine.map(({ id, name, fullName: full_name, private: hidden }) => {
        return { id, node_id: nodeId('Repository', id), name, full_name, private: hidden };
      });
      const on = installedOn(world, account);
      const installation = fullInstallationShape(on, app, place);
      const lists = { repositories_added: told, repositories_removed: [], requester: null };
      const sender = userShape(OWNER, place);
      return { action: 'added', installation, repository_selection: on.selection, ...lists, sender };
    });
    const sends = payloads.map((payload) => {
      const told = { payload: payload as Json, sent: hooks.deliver('installation_repositories', payload) };
      return delivered(Number(payload.installation['id']), told);
    });
    return Promise.all(sends);
  };
};

const createWiki = (world: World): Changes['editWiki'] => {
  return async (name, { page, text, login = OWNER }) => {
    const repository = world.repositories.get(name);
    const [title, file] = [page, page.replaceAll(' ', '-')];
    const { action, sha } = await repository.turn(async () => {
      const { wiki } = repository;
      await wiki.init(WIKI.branch);
      const base = await wiki.resolve(WIKI.ref);
      const known = base && (await wiki.blobOf(base, `${file}.md`));
      const author = { name: login, email: emailOf(login) };
      const to = { ref: WIKI.ref, base, author, at: Math.floor(world.now() / 1000) };
      const message = `${known ? 'Updated' : 'Created'} ${title} (markdown)`;
      const [made = ''] = await wiki.importCommits([{ message, files: { [`${file}.md`]: text } }], to);
      return { action: known ? 'edited' : 'created', sha: made };
    });
    const html = `${world.place.html}/${repository.fullName}/wiki/${file}`;
    const pages = [{ page_name: file, title, summary: null, action, sha, html_url: html }];
    const told = tell(world, repository, { event: 'gollum', login, body: () => ({ pages }) });
    return { ...(await delivered(repository.id, told)), sha };
  };
};

export const createChanges = (world: World): Changes => ({
  async setPublic(name) {
    const repository = world.repositories.get(name);
    repository.private = false;
    const made = tell(world, repository, { event: 'public', login: OWNER, body: () => ({}) });
    const body = (): Json => ({ action: 'publicized' });
    await tell(world, repository, { event: 'repository', login: OWNER, body }).sent;
    return delivered(repository.id, made);
  },
  async renameRepository(name, to) {
    const from = world.repositories.get(name).name;
    const repository = world.repositories.rename(name, to);
    const body = (): Json => ({ action: 'renamed', changes: { repository: { name: { from } } } });
    return delivered(repository.id, tell(world, repository, { event: 'repository', login: OWNER, body }));
  },
  installRepositories: createInstalling(world),
  editWiki: createWiki(world),
});
