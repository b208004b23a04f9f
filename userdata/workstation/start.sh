# shellcheck shell=bash
# Who runs what: two users with nothing in common but the group that reads the credentials for the services.  Without a
# home there is nowhere to put a key for SSH, which would forward what such a user may not open.
for service in web jupyter; do
    useradd --system --groups spotmc --shell /sbin/nologin --home-dir /nonexistent "spotmc-$service"
done
dnf install --assumeyes --quiet nftables nginx libgomp
install --mode 644 metadata.nft /etc/spotmc-metadata.nft
install --mode 644 aws.conf /etc/spotmc-aws.conf
install hand-over.sh /usr/local/sbin/spotmc-hand-over
install poll.sh /usr/local/sbin/spotmc-poll
sed "s|JUPYTER_PORT|$SPOTMC_JUPYTER_PORT|" nginx.conf >/etc/spotmc-nginx.conf

# Password and certificate are for root only; systemd hands them to the services.
secret() { aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text; }
umask 077
mkdir /etc/spotmc

secret "$SPOTMC_PASSWORD_SECRET" >/etc/spotmc/password
if [[ -n $SPOTMC_CERTIFICATE_SECRET ]]; then
    secret "$SPOTMC_CERTIFICATE_SECRET" >/etc/spotmc/certificate.pem
else
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 397 \
        -subj "/CN=$SPOTMC_ADDRESS" -addext "subjectAltName=IP:$SPOTMC_ADDRESS" -keyout key.pem -out chain.pem
    cat chain.pem key.pem >/etc/spotmc/certificate.pem
    rm chain.pem key.pem
fi
/opt/spotmc/bin/python jupyter_settings.py </etc/spotmc/password >/etc/spotmc/jupyter.json
install --owner spotmc-jupyter --group spotmc-jupyter --directory /var/lib/spotmc-jupyter{,/notebooks}
install --owner spotmc-jupyter --group spotmc-jupyter --mode 644 notebooks/* /var/lib/spotmc-jupyter/notebooks
umask 022

# The first two alone, so that what they say is the report if they fail.
systemctl enable --now spotmc-metadata
systemctl start spotmc-credentials
systemctl enable --now spotmc-credentials.timer spotmc-web spotmc-jupyter spotmc-nginx spotmc-poll.timer
for port in 443 "$SPOTMC_JUPYTER_PORT"; do
    curl --fail --silent --show-error --insecure --retry 60 --retry-delay 1 --retry-connrefused --output /dev/null \
        "https://localhost:$port/login"
done

# Not before it answers: until then the address may be that of a workstation that is about to be taken away.
aws ec2 associate-address --allow-reassociation --allocation-id "$SPOTMC_ADDRESS_ID" \
    --instance-id "$(metadata meta-data/instance-id)"
