#!/bin/bash
# Writes credentials of the role for the services where they read them, as credential_process wants them.
set -euo pipefail
cd "$RUNTIME_DIRECTORY"

# An hour is the longest that a role which took another role may have.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
take() {
    # shellcheck disable=SC2016 # JMESPath's own quotes
    aws sts assume-role --role-arn "$SPOTMC_SERVICES_ROLE" --role-session-name workstation --duration-seconds 3600 \
        --output json --query 'merge({Version: `1`}, Credentials)' >new.json
}

tries=5
until take; do
    ((--tries)) || exit 1
    sleep 3
done
mv new.json credentials.json # whoever reads has the old or the new one
