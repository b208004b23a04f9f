#!/bin/bash
# Makes a SageMaker notebook instance ours at each of its starts: as root, within AWS's five minutes.
#
# Its lifecycle configuration writes the settings into /etc/spotmc.env, fetches SHA256SUMS, this script and idle.py,
# checks all, and runs this one.  Without the timer that stops it, an instance does not start; without our packages, it
# does, and says why in the folder that Jupyter shows.
set -Eeuo pipefail

while IFS="=" read -r name value; do export "$name=$value"; done </etc/spotmc.env
home=${SPOTMC_HOME:-/home/ec2-user/SageMaker} # the disk that stays
log=/var/log/spotmc-notebook.log

stop_when_idle() {
    touch /run/spotmc-started
    install --mode 644 idle.py /usr/local/lib/spotmc-idle.py
    cat >/etc/systemd/system/spotmc-idle.service <<END
[Unit]
Description=Stop the notebook instance if nobody uses it
[Service]
Type=oneshot
EnvironmentFile=/etc/spotmc.env
Environment=PATH=$PATH
ExecStart=/usr/bin/python3 /usr/local/lib/spotmc-idle.py
END
    cat >/etc/systemd/system/spotmc-idle.timer <<END
[Unit]
Description=Look every five minutes whether somebody uses the notebook instance
[Timer]
OnActiveSec=5min
OnUnitActiveSec=5min
[Install]
WantedBy=timers.target
END
    systemctl daemon-reload
    systemctl start spotmc-idle.timer # the disk that it lies on is new at the next start
}

archives=s3://$(cut -d / -f 3 <<<"$SPOTMC_ARTEFACTS")/spotmc/archives

unpack() { # an archive, which lies in the bucket under its hash
    local name=$1.tar.gz folder=$2 sum
    sum=$(awk -v name="$name" '$2 == name {print $1}' SHA256SUMS)
    aws --region "$AWS_REGION" s3 cp --no-progress "$archives/$sum" "$name"
    sha256sum --check <<<"$sum  $name"
    mkdir --parents "$folder"
    tar --extract --gzip --file "$name" --no-same-owner --directory "$folder"
    rm "$name"
}

bring_packages() {
    # The instance's release of Amazon Linux may be older than that Python.
    dnf install --assumeyes --quiet python3.13 libgomp ||
        dnf install --assumeyes --quiet --releasever=latest python3.13 libgomp
    unpack engine-x86_64 /opt/spotmc
    unpack workstation-packages-x86_64 /opt/spotmc
    unpack workstation-x86_64 /root/spotmc
    cp --recursive /root/spotmc/program/. /opt/spotmc
    python3.13 -m venv --without-pip /opt/spotmc
    ln --symbolic --force /opt/spotmc/bin/spotmc /usr/local/bin/spotmc
    install -D --mode 644 /dev/stdin /usr/local/share/jupyter/kernels/spotmc/kernel.json <<END
{
  "argv": ["/opt/spotmc/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
  "display_name": "spot-montecarlo",
  "language": "python",
  "env": {"AWS_REGION": "$AWS_REGION", "SPOTMC_STACK": "$SPOTMC_STACK", "SPOTMC_BUCKET": "$SPOTMC_BUCKET"}
}
END
}

bring_notebooks() { # what a person has changed stays
    local notebook
    install --directory "$home/spot-montecarlo"
    for notebook in /root/spotmc/notebooks/*; do
        [[ -e $home/spot-montecarlo/${notebook##*/} ]] || install --mode 644 "$notebook" "$home/spot-montecarlo"
    done
    chown --recursive --reference="$home" "$home/spot-montecarlo"
}

export -f unpack bring_packages
export archives

stop_when_idle
rm --force "$home/spot-montecarlo-is-missing.txt"
if timeout 200 bash -Eeuo pipefail -c bring_packages >"$log" 2>&1; then
    bring_notebooks
else
    { echo "The packages of spot-montecarlo could not be brought here; stop and start the instance to try again."
        tail -n 20 "$log"; } >"$home/spot-montecarlo-is-missing.txt"
fi
