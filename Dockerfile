# The app on the Functions host, for Kubernetes or Container Apps: docs/containers.md.
ARG FUNCTIONS_IMAGE=mcr.microsoft.com/azure-functions/node:4-node24

FROM ${FUNCTIONS_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm run package

FROM ${FUNCTIONS_IMAGE}
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    ASPNETCORE_URLS=http://+:8080
COPY --from=build /build/dist/package /home/site/wwwroot
# The host writes its logs and keys here.
RUN mkdir -p /azure-functions-host/Secrets /home/LogFiles /home/data /home/.azurefunctions \
 && chown -R 1654:1654 /azure-functions-host/Secrets /home/LogFiles /home/data /home/.azurefunctions
USER 1654:1654
EXPOSE 8080
# The start script of the image needs root for certificates and SSH; the host does not.
CMD ["/azure-functions-host/Microsoft.Azure.WebJobs.Script.WebHost"]
