#!/bin/bash
# Makes a fresh Amazon Linux 2023 machine a worker or a workstation, as its argument says.
#
# User data writes the settings into /etc/spotmc.env, fetches SHA256SUMS, this script and leave.sh, checks all, and runs
# this one.  A boot that fails reports where and with what last output.  A worker then leaves its fleet and is switched
# off; a workstation stays on for an hour, in which a person can log in, so that it is tried once an hour at most.
set -Eeuo pipefail

machine=$1
log=/var/log/spotmc-boot.log
exec 3>&1 >>"$log" 2>&1 # 3 is the log of cloud-init, and the console

# shellcheck source=leave.sh
source ./leave.sh

json() { # its arguments, name and value in turn, as a JSON object
    python3 -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"
}

tell_stack() { # SUCCESS or FAILURE, and why
    [[ -n ${SPOTMC_READY_URL:-} ]] || return 0
    curl --fail --silent --show-error --max-time 30 --retry 3 --request PUT --header "Content-Type:" \
        --data-binary "$(json Status "$1" Reason "$2" UniqueId "$(metadata meta-data/instance-id)" Data "$machine")" \
        "$SPOTMC_READY_URL"
}

switch_off() {
    local report where
    set +e # whatever of this fails, the machine goes
    trap - ERR
    trap "" TERM # the 15 minutes may be over in the middle of this; user data allows ten more
    where=$(head -n 1 "$failures")
    report="the boot of this $machine failed${where:+ at $where}; its last output: $(tail -n 8 "$log" | cut -c -500)"
    tell_failure "$report"
    tell_stack FAILURE "$report"
    if [[ $machine == worker ]]; then
        leave_fleet
        shutdown --poweroff now
    else
        shutdown --poweroff +60
    fi
}

failures=$(mktemp) # a file, because some steps run beside others, in shells of their own
trap 'echo "line $LINENO of ${BASH_SOURCE[0]##*/} ($BASH_COMMAND)" >>"$failures"' ERR
trap '(($? == 0)) || switch_off' EXIT
trap 'echo "$BASH_COMMAND, which took too long" >>"$failures"; exit 124' TERM # as user data does after 15 minutes

step() { echo "$(date +%T) $1" | tee /dev/fd/3; }

all() { # wait until all these have ended, or one has failed
    local job
    for job; do wait "$job"; done
}

while IFS="=" read -r name value; do export "$name=$value"; done </etc/spotmc.env

archives=s3://$(cut -d / -f 3 <<<"$SPOTMC_ARTEFACTS")/spotmc/archives

unpack() { # an archive, which lies in the bucket under its hash
    local name=$1.tar.gz folder=$2 sum
    sum=$(awk -v name="$name" '$2 == name {print $1}' SHA256SUMS)
    aws s3 cp --no-progress "$archives/$sum" "$name"
    sha256sum --check <<<"$sum  $name"
    mkdir --parents "$folder"
    tar --extract --gzip --file "$name" --no-same-owner --directory "$folder"
    rm "$name"
}

install_python() { dnf install --assumeyes --quiet python3.13; } # a function, because the trap is for these

step "Fetching"
install_python &
python=$!
unpack "engine-$(uname -m)" /opt/spotmc &
engine=$!
unpack "$machine-packages-$(uname -m)" /opt/spotmc &
packages=$!
unpack "$machine-$(uname -m)" .

step "Installing"
useradd --system --shell /sbin/nologin --home-dir /var/lib/spotmc spotmc
install --mode 644 units/* /etc/systemd/system
systemctl daemon-reload
all "$python" "$engine" "$packages"
cp --recursive program/. /opt/spotmc
rm --recursive program
python3.13 -m venv --without-pip /opt/spotmc
ln --symbolic /opt/spotmc/bin/spotmc /usr/local/bin/spotmc

step "Starting"
# shellcheck source=worker/start.sh
source ./start.sh

step "Letting people in"
install --mode 644 login.sh /etc/profile.d/spotmc.sh
install --mode 644 greeting /etc/spotmc-greeting
# Session Manager starts a shell that reads no profile, but what ENV names.
install -D --mode 644 session-manager.conf /etc/systemd/system/amazon-ssm-agent.service.d/spotmc.conf
systemctl daemon-reload
systemctl try-restart amazon-ssm-agent

step "Shipping the log"
nice dnf install --assumeyes --quiet amazon-cloudwatch-agent
mkdir /var/log/spotmc
sed "s|LOG_GROUP|$SPOTMC_LOG_GROUP|" shipped-logs.json >/etc/spotmc-shipped-logs.json
systemctl enable --now spotmc-log
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -m ec2 -a fetch-config \
    -c file:/etc/spotmc-shipped-logs.json -s

step "Ready"
trap - EXIT TERM # what ends this from now on, such as a worker that has left, is no failed boot
[[ $machine != worker ]] || count boots || true # it works all the same
tell_stack SUCCESS "The $machine is ready." || true # a stack that is complete no longer listens

# Where no bytecode came along, it is made now, for whatever starts later.
[[ -d /opt/spotmc/lib/python3.13/site-packages/numba/__pycache__ ]] ||
    nice /opt/spotmc/bin/python -m compileall -q -j 0 /opt/spotmc/lib >/dev/null || true
