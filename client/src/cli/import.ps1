# Installs the certificate of this folder for the person who is signed in: into 個人, and its root into
# 信頼されたルート証明機関, about which Windows asks. So that the key can't be backed up later: -NotExportable.
param([switch]$NotExportable)
$ErrorActionPreference = 'Stop'
$password = Read-Host -AsSecureString 'パスワード / password'
$file = Join-Path $PSScriptRoot 'identity.p12'
Import-PfxCertificate -FilePath $file -CertStoreLocation Cert:\CurrentUser\My -Password $password -Exportable:(-not $NotExportable)
$root = Join-Path $PSScriptRoot 'root.cer'
Import-Certificate -FilePath $root -CertStoreLocation Cert:\CurrentUser\Root
