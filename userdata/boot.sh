#!/bin/bash
# Makes a fresh Amazon Linux 2023 machine a worker or a workstation, as its argument says.
#
# User data writes the settings into /etc/spotmc.env, fetches SHA256SUMS and this script, checks both, and runs it.
# A boot that fails reports where and with what last output, and switches the machine off.
set -Eeuo pipefail

machine=$1
log=/var/log/spotmc-boot.log
exec 3>&1 >>"$log" 2>&1 # 3 is the log of cloud-init, and the console

metadata() { # what EC2's metadata service has at this path
    local service=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token
    token=$(curl --fail --silent --show-error --max-time 5 --request PUT \
        --header "X-aws-ec2-metadata-token-ttl-seconds: 60" "$service/latest/api/token")
    curl --fail --silent --show-error --max-time 5 --header "X-aws-ec2-metadata-token: $token" "$service/latest/$1"
}

json() { # its arguments, name and value in turn, as a JSON object
    python3 -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"
}

tell_stack() { # SUCCESS or FAILURE, and why
    [[ -n ${SPOTMC_READY_URL:-} ]] || return 0
    curl --fail --silent --show-error --max-time 30 --retry 3 --request PUT --header "Content-Type:" \
        --data-binary "$(json Status "$1" Reason "$2" UniqueId "$(metadata meta-data/instance-id)" Data "$machine")" \
        "$SPOTMC_READY_URL"
}

tell_log() {
    local stream
    stream=boot-$(metadata meta-data/instance-id)
    aws logs create-log-stream --log-group-name "$SPOTMC_LOG_GROUP" --log-stream-name "$stream"
    aws logs put-log-events --log-group-name "$SPOTMC_LOG_GROUP" --log-stream-name "$stream" \
        --log-events "[$(python3 -c 'import json, sys, time
print(json.dumps({"timestamp": int(time.time() * 1000), "message": sys.argv[1]}))' "$1")]"
}

switch_off() {
    local report
    report="the boot of this $machine failed${where:+ at $where}; its last output: $(tail -n 5 "$log" | cut -c -500)"
    set +e # whatever of this fails, the machine goes
    echo "$report" >&3
    tell_log "$report"
    tell_stack FAILURE "$report"
    shutdown --poweroff now
}

where=
trap 'where="line $LINENO of ${BASH_SOURCE[0]##*/} ($BASH_COMMAND)"' ERR
trap '(($? == 0)) || switch_off' EXIT

step() { echo "$(date +%T) $1" | tee /dev/fd/3; }

while IFS="=" read -r name value; do export "$name=$value"; done </etc/spotmc.env

step "Fetching"
archive=$machine-$(uname -m).tar
aws s3 cp --no-progress "$SPOTMC_ARTEFACTS/$archive" .
grep " $archive\$" SHA256SUMS | sha256sum --check
tar --extract --file "$archive" --no-same-owner
rm "$archive"

step "Installing"
useradd --system --shell /sbin/nologin --home-dir /var/lib/spotmc spotmc

install --mode 644 units/* /etc/systemd/system
install --mode 644 login.sh /etc/profile.d/spotmc.sh
install --mode 644 greeting /etc/spotmc-greeting
# Session Manager starts a shell that reads no profile, but what ENV names.
install -D --mode 644 session-manager.conf /etc/systemd/system/amazon-ssm-agent.service.d/spotmc.conf
systemctl daemon-reload
systemctl try-restart amazon-ssm-agent

dnf install --assumeyes --quiet python3.13
python3.13 -m venv /opt/spotmc
/opt/spotmc/bin/pip install --no-index --no-deps --no-compile --quiet wheels/*.whl
rm -r wheels
ln --symbolic /opt/spotmc/bin/spotmc /usr/local/bin/spotmc

step "Starting"
# shellcheck source=worker/start.sh
source ./start.sh

step "Shipping the log"
dnf install --assumeyes --quiet amazon-cloudwatch-agent
mkdir /var/log/spotmc
sed "s|LOG_GROUP|$SPOTMC_LOG_GROUP|" shipped-logs.json >/etc/spotmc-shipped-logs.json
systemctl enable --now spotmc-log
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -m ec2 -a fetch-config \
    -c file:/etc/spotmc-shipped-logs.json -s

step "Ready"
tell_stack SUCCESS "The $machine is ready." || true # a stack that is complete no longer listens
