// The workflow for GitHub that a new workspace begins with.

/** `name`: of the workspace. `below`: its folder in the repository. */
export const workflow = (
  name: string,
  below: string,
): string => `# Checks each pull request: findings at their lines, formatting, the cases, what merging it would break.
name: ${name}
on:
  pull_request:
  push: { branches: [main] }
permissions: { contents: read }
defaults:
  run: { working-directory: ${JSON.stringify(below)} }
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0, persist-credentials: false } # all of it: \`breaking\` compares with another branch
      - uses: your-org/vrsky/.github/actions/vrsky@main # say here where your copy of VRSky is
        with: { command: setup }
      - run: vrsky validate . --no-cache --format github
      - run: vrsky fmt . --check
      - run: vrsky test .
      - name: What is committed of the compiler's output is what it writes now
        run: if [ -e generated/manifest.json ]; then vrsky compile . --no-cache --check; fi
      - name: What merging it would break
        if: github.event_name == 'pull_request'
        env: { BASE: "\${{ github.base_ref }}" }
        run: vrsky breaking . --against "origin/$BASE" --format github
  # What merging it would change on a cluster, as a comment. It begins once there is a cluster: a context in vrsky.yaml,
  # its name as the variable VRSKY_CONTEXT of this repository, its logins as the secret VRSKY_CREDS.
  # deploy/ci/github.yml of VRSky goes on from here: applied on main, after approval.
  plan:
    needs: check
    if: vars.VRSKY_CONTEXT != '' && github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions: { contents: read, pull-requests: write }
    steps:
      - uses: actions/checkout@v4
        with: { persist-credentials: false }
      - uses: your-org/vrsky/.github/actions/vrsky@main
        with:
          command: plan
          workspace: ${JSON.stringify(below)}
          context: \${{ vars.VRSKY_CONTEXT }}
          creds: \${{ secrets.VRSKY_CREDS }}
`;
