import { appOptions } from '../app/app-client.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { acrOptions, connectAcr } from './acr.ts';
import { argoCdOptions, connectArgoCd } from './argocd.ts';
import { azureDevOpsOptions, connectAzureDevOps } from './azure-devops/azure-devops.ts';

const help = `
TARGET is azure-devops, argocd or acr. Routes come from FILE…, else from the settings, as for \`check\`.

  --url URL        the app: https://NAME.azurewebsites.net (else TAGRELAY_URL)
  --json           print the steps as JSON

azure-devops creates and updates the service hooks that the routes need: pull requests of GitOps repositories, builds
where \`build\` defines the whole tag. It prints the permissions of the app's identity. It signs in with
AZURE_DEVOPS_PAT, else with the developer's own sign-in (\`az login\`), and is for a project administrator.

  --key KEY        the function key that they send (else TAGRELAY_KEY, where no list of processes shows it)
  --dry-run        change nothing, show what would be done
  --verify         check the permissions of the identity that signs in, without writing
  --stages         subscribe to stages too, for runs that wait for their deployment
  --image NAME     a registry/repository that a pattern takes, where its repositories follow from it; may be repeated
  --project URL    a project with builds besides those of the routes; may be repeated
  --argocd URL     report the pushes of GitOps repositories to this Argo CD too; it then refreshes all applications of
                   the repository; with a token (argocd, below) tagrelay refreshes only those of its commits. User and
                   password come from ARGOCD_WEBHOOK_USERNAME and ARGOCD_WEBHOOK_PASSWORD
  --instance NAME  with --argocd: only the repositories of applications with this instance
  --settings FILE  take the settings of this local.settings.json instead of the environment's

argocd prints the notification settings, with the next steps on standard error, also for an account with a token that
refreshes applications after a commit. With FILE… only the applications of these routes send notifications, as hints to
ask Argo CD; without, all applications send all results.

  --format FORMAT  patch: a merge patch of the ConfigMap (the default); helm: values of the chart argo-cd;
                   extension: settings of the Azure extension Microsoft.ArgoCD
  --label KEY=VALUE  select applications by this label instead of annotations; printed for the routes of FILE…
  --existing FILE  the current ConfigMap or values; their subscriptions are kept
  --namespace NAME the namespace of Argo CD (else argocd)
  --instance NAME  the instance of ARGOCD_SECRETS, in the printed commands
  --project NAME   an Argo CD project that the account may read (else all projects); may be repeated

acr prints the command that creates the webhook of each registry.

  --run            create it with the Azure CLI, or update the one with the same name
  --key KEY        with --run: the function key that it sends (else TAGRELAY_KEY)
  --registry HOST  only this registry
  --name NAME      name of the webhook (else tagrelay)

Exit code 0: done; 1: a step failed; 2: usage error.
`;

interface Target {
  readonly options: readonly string[];
  run(args: CommandArguments, files: readonly string[], io: CommandIo): Promise<ExitCode>;
}

const targets: Readonly<Record<string, Target>> = {
  'azure-devops': { options: azureDevOpsOptions, run: connectAzureDevOps },
  argocd: { options: argoCdOptions, run: connectArgoCd },
  acr: { options: acrOptions, run: connectAcr },
};

/** `tagrelay connect`: creates or prints the senders of pushes, builds, pull requests and rollouts. */
export const connectCommand: Command = {
  name: 'connect',
  summary: 'set up the senders of pushes, builds, pull requests and rollouts',
  help,
  positionals: 'TARGET [FILE…]',
  options: {
    ...appOptions,
    settings: { type: 'string' },
    image: { type: 'string', multiple: true },
    project: { type: 'string', multiple: true },
    stages: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    verify: { type: 'boolean' },
    argocd: { type: 'string' },
    format: { type: 'string' },
    existing: { type: 'string' },
    label: { type: 'string' },
    namespace: { type: 'string' },
    instance: { type: 'string' },
    run: { type: 'boolean' },
    registry: { type: 'string' },
    name: { type: 'string' },
  },
  run: connect,
};

async function connect(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [name, ...files] = args.positionals;
  const target = name !== undefined && Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (!target) {
    const given = name === undefined ? 'there is no target' : `there is no target \`${name}\``;
    throw new UsageError(`${given}; expected one of ${Object.keys(targets).join(', ')}`);
  }
  const foreign = Object.keys(args.values).find((option) => !target.options.includes(option));
  if (foreign !== undefined) throw new UsageError(`--${foreign} does not go with ${name}`);
  return await target.run(args, files, io);
}
